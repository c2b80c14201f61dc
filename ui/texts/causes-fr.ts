import type { CauseCode } from '../../health/causes.ts';

/**
 * The list of causes in French: title, meaning and remedy of each code. Names of fields, states and commands stay as
 * Kubernetes writes them. The messages of causes are composed where they are found and are in English.
 */

type Words = readonly [title: string, meaning: string, remedy: string];

export const causesFr: Readonly<Record<CauseCode, Words>> = {
  ImagePullNotFound: [
    'Image introuvable',
    'Le registre indique que cette image ou cette étiquette n’existe pas.',
    'Corriger le nom ou l’étiquette de l’image, ou la pousser dans le registre.',
  ],
  ImagePullDenied: [
    'Image refusée ou introuvable',
    'Le registre refuse l’image sans dire si elle est privée ou si elle n’existe pas.',
    'Vérifier le nom de l’image ; si elle est privée, nommer un secret d’accès dans imagePullSecrets.',
  ],
  ImagePullUnauthorized: [
    'Le registre rejette les identifiants',
    'Le nœud ou le secret d’accès n’a présenté aucun identifiant, ou des identifiants faux ou expirés.',
    'Renouveler le secret que nomme imagePullSecrets, ou le rôle du nœud.',
  ],
  ImagePullRateLimited: [
    'Quota du registre atteint',
    'Le registre ne sert plus d’image pour le moment.',
    'S’authentifier auprès du registre, passer par un miroir, ou attendre.',
  ],
  RegistryNotResolved: [
    'Nom du registre non résolu',
    'Le DNS du nœud ne connaît aucune adresse pour l’hôte du registre.',
    'Corriger l’hôte dans le nom de l’image, ou le DNS des nœuds.',
  ],
  RegistryUnreachable: [
    'Le registre ne répond pas',
    'Le registre est injoignable depuis le nœud, ou répond par une erreur de serveur.',
    'Vérifier le registre et le réseau entre les nœuds et le registre.',
  ],
  RegistryTlsMismatch: [
    'Certificat du registre non reconnu',
    'Le nœud ne fait pas confiance au certificat du registre, ou le registre parle HTTP sans TLS.',
    'Installer l’autorité de certification sur les nœuds, ou déclarer le registre non sûr dans le moteur de conteneurs.',
  ],
  ImagePlatformMismatch: [
    'Pas d’image pour ce processeur',
    'L’image existe, mais pas pour le système et le processeur du nœud.',
    'Construire l’image pour cette plate-forme aussi, ou choisir des nœuds d’une autre plate-forme.',
  ],
  ImageNameInvalid: [
    'Nom d’image invalide',
    'Le texte du champ image n’est pas une référence d’image valide.',
    'Corriger le champ image du conteneur.',
  ],
  ImageNeverPulled: [
    'Image absente et jamais tirée',
    'imagePullPolicy vaut Never et l’image n’est pas sur le nœud.',
    'Charger l’image sur les nœuds, ou mettre imagePullPolicy à IfNotPresent.',
  ],
  ImageInspectFailed: [
    'Image locale illisible',
    'Le moteur de conteneurs ne peut pas lire l’image présente sur le nœud.',
    'Supprimer l’image sur ce nœud pour qu’elle soit tirée de nouveau ; vérifier le disque.',
  ],
  ImageSignatureRejected: [
    'Signature de l’image rejetée',
    'La politique du nœud exige une signature valide et l’image n’en a pas.',
    'Signer l’image, ou modifier la politique du nœud.',
  ],
  ImagePullDiskFull: [
    'Disque plein pendant le tirage',
    'Le disque du nœud n’a plus de place pour l’image.',
    'Libérer ou agrandir le disque du nœud, ou alléger l’image.',
  ],
  ImagePullSlow: [
    'Le tirage de l’image dure',
    'L’image est encore en cours de tirage.',
    'Attendre ; une image plus petite ou un miroir proche des nœuds accélère.',
  ],
  ImagePullThrottled: [
    'Tirages freinés par le nœud',
    'Le kubelet ne lance plus de tirage pour le moment.',
    'Attendre, ou augmenter registryPullQPS du kubelet.',
  ],
  ImageShortName: [
    'Nom d’image sans registre',
    'Le moteur du nœud ne sait pas à quel registre se rapporte le nom court.',
    'Écrire le nom complet avec l’hôte du registre, par exemple docker.io/library/nginx.',
  ],
  ImageVolumeFailed: [
    'Volume d’image non monté',
    'Un volume de type image ne peut être ni tiré ni monté.',
    'Corriger la référence du volume d’image.',
  ],
  ImagePullFailed: [
    'Image impossible à tirer',
    'Le tirage échoue, et le texte qui dirait pourquoi est inconnu ou a expiré.',
    'Lire le texte cité ; s’il n’y en a pas, supprimer le pod pour revoir l’échec.',
  ],
  MissingConfigMap: [
    'ConfigMap manquante',
    'Une variable d’environnement vient d’une ConfigMap qui n’existe pas dans l’espace de noms.',
    'Créer la ConfigMap dans l’espace de noms du pod, ou mettre optional: true sur la référence.',
  ],
  MissingSecret: [
    'Secret manquant',
    'Une variable d’environnement vient d’un Secret qui n’existe pas dans l’espace de noms.',
    'Créer le Secret dans l’espace de noms du pod, ou mettre optional: true sur la référence.',
  ],
  MissingKey: [
    'Clé absente d’une ConfigMap ou d’un Secret',
    'La ConfigMap ou le Secret existe, mais pas la clé que demande une variable d’environnement.',
    'Ajouter la clé, corriger son nom, ou mettre optional: true sur la référence.',
  ],
  RunsAsRoot: [
    'L’image tourne en root',
    'runAsNonRoot est exigé et l’utilisateur de l’image ou du pod est root.',
    'Donner à runAsUser un nombre autre que 0, ou reconstruire l’image avec un USER.',
  ],
  NonNumericUser: [
    'Utilisateur de l’image invérifiable',
    'runAsNonRoot est exigé et l’image nomme son utilisateur par un mot, que le kubelet ne peut pas comparer à root.',
    'Donner un runAsUser numérique, ou un nombre dans USER de l’image.',
  ],
  ConfigCacheNotSynced: [
    'Configuration pas encore lue par le nœud',
    'Le kubelet n’a pas encore reçu la ConfigMap ou le Secret de l’API server.',
    'Attendre ; si cela dure, examiner l’API server et le kubelet de ce nœud.',
  ],
  SubPathFailed: [
    'subPath impossible à préparer',
    'Le sous-dossier ou le fichier d’un volume que nomme un montage ne peut être ni créé ni ouvert.',
    'Vérifier que le chemin existe dans le volume et qu’il est du bon type (fichier ou dossier).',
  ],
  ContainerCreateFailed: [
    'Conteneur impossible à créer',
    'Le kubelet ou le moteur de conteneurs ne peut pas créer le conteneur, ou le bac à sable de son pod.',
    'Lire le texte cité du nœud.',
  ],
  RuntimeOverloaded: [
    'Moteur de conteneurs bloqué',
    'Le moteur du nœud est trop lent, ou ne répond pas ; une tentative précédente tient peut-être encore le nom.',
    'Examiner le disque et le moteur de conteneurs de ce nœud ; redémarrer le moteur.',
  ],
  NoCommand: [
    'Aucune commande à lancer',
    'L’image n’a pas de commande et le conteneur n’en donne pas.',
    'Donner command au conteneur, ou un ENTRYPOINT à l’image.',
  ],
  ProgramNotFound: [
    'Programme absent de l’image',
    'Le programme à lancer n’est pas dans l’image ; il n’a donc jamais tourné et il n’y a pas de journal.',
    'Corriger command et args du conteneur, ou l’image.',
  ],
  ProgramNotExecutable: [
    'Programme non exécutable',
    'Le fichier existe dans l’image, mais l’utilisateur du conteneur ne peut pas l’exécuter.',
    'Rendre le fichier exécutable dans l’image, ou le lancer par son interpréteur.',
  ],
  ProgramWrongArchitecture: [
    'Programme construit pour un autre processeur',
    'Le noyau du nœud ne peut pas exécuter le fichier : il est pour un autre processeur, ou c’est un script sans ligne #!.',
    'Prendre une image pour le processeur des nœuds, ou ajouter la ligne #! au script.',
  ],
  MountTargetConflict: [
    'Le montage heurte l’image',
    'Un volume est monté sur un chemin où l’image a autre chose, ou rien ne peut être créé.',
    'Changer mountPath ou utiliser subPath.',
  ],
  MemoryLimitTooLowToStart: [
    'Limite de mémoire trop basse pour démarrer',
    'Le conteneur est tué faute de mémoire avant que son programme tourne.',
    'Augmenter limits.memory du conteneur.',
  ],
  ContainerStartFailed: [
    'Conteneur impossible à démarrer',
    'Le moteur a créé le conteneur et n’a pas pu le démarrer.',
    'Lire le texte cité du moteur (cgroup, seccomp, AppArmor, périphériques).',
  ],
  PostStartHookFailed: [
    'Échec du hook postStart',
    'Le hook postStart a rendu une erreur, et le conteneur a été tué.',
    'Corriger le hook postStart du conteneur.',
  ],
  KubeletHookFailed: [
    'Échec d’un hook du nœud',
    'Le device plugin ou un gestionnaire de ressources du nœud n’a pas pu préparer le conteneur.',
    'Examiner le device plugin et les gestionnaires de CPU et de mémoire de ce nœud.',
  ],
  DeviceUnhealthy: [
    'Périphérique défaillant',
    'Un périphérique attribué au conteneur signale qu’il ne fonctionne pas.',
    'Supprimer le pod pour qu’il reçoive un autre périphérique ; réparer celui-ci.',
  ],
  DeviceClaimPrepareFailed: [
    'Demande de périphérique non préparée',
    'Le pilote du nœud ne peut pas préparer les périphériques d’une demande de ressource.',
    'Examiner le pilote du périphérique sur ce nœud.',
  ],
  ProgramExits: [
    'Le programme se termine aussitôt',
    'Le programme se termine sans erreur et est relancé : ce n’est pas un processus durable.',
    'Lancer le programme au premier plan, ou utiliser un Job s’il doit se terminer.',
  ],
  CrashLoop: [
    'Le conteneur plante',
    'Le programme se termine encore et encore par une erreur.',
    'Lire le journal de la dernière exécution ; regarder ce qui a changé dans l’image, la configuration et les dépendances.',
  ],
  CommandNotExecutable: [
    'Commande non exécutable',
    'Un shell de l’image a trouvé la commande et n’a pas le droit de l’exécuter.',
    'Rendre le fichier exécutable, vérifier que ce n’est pas un dossier et que son volume n’est pas monté noexec.',
  ],
  CommandNotFound: [
    'Commande introuvable',
    'Un shell de l’image ne trouve pas la commande.',
    'Corriger command et args, ou installer le programme dans l’image.',
  ],
  Aborted: [
    'Le programme s’est interrompu lui-même',
    'Le programme a renoncé : une assertion fausse, ou un environnement d’exécution dont le tas est épuisé.',
    'Lire le journal de la dernière exécution ; pour Java et Node, comparer la taille du tas à la limite de mémoire.',
  ],
  IllegalInstruction: [
    'Instruction absente du processeur',
    'Le programme utilise une instruction que le processeur de ce nœud n’a pas.',
    'Prendre une version pour un niveau de processeur plus ancien, ou des nœuds au processeur plus récent.',
  ],
  NativeCrash: [
    'Plantage dans du code natif',
    'Le programme a accédé à une mémoire qui lui est interdite.',
    'Lire le journal et le core dump ; pour 135, agrandir /dev/shm.',
  ],
  OutOfMemory: [
    'Mémoire épuisée',
    'Le conteneur a demandé plus de mémoire que sa limite et a été tué.',
    'Augmenter limits.memory, ou trouver ce qui consomme la mémoire.',
  ],
  KilledUnknown: [
    'Tué de l’extérieur',
    'Le conteneur a reçu SIGKILL ; ni sa limite de mémoire ni une sonde n’en sont la cause.',
    'Chercher dans le pod ou sur le nœud un processus qui le tue, et regarder la mémoire du nœud.',
  ],
  TerminatedRepeatedly: [
    'Arrêté encore et encore',
    'Le conteneur reçoit sans cesse SIGTERM alors que son pod n’est pas en suppression.',
    'Examiner les sondes, superviseurs et scripts qui l’arrêtent.',
  ],
  SystemCallBlocked: [
    'Appel système bloqué',
    'Le profil seccomp interdit un appel système que fait le programme.',
    'Autoriser l’appel dans le profil seccomp, ou prendre une version qui ne le fait pas.',
  ],
  OutOfMemoryEarlier: [
    'Un processus a manqué de mémoire auparavant',
    'Un processus enfant a été tué faute de mémoire ; le conteneur, lui, s’est terminé pour une autre raison.',
    'Augmenter limits.memory, mais chercher d’abord la cause du code de sortie.',
  ],
  ContainerLost: [
    'Le nœud a perdu la trace du conteneur',
    'Le nœud a redémarré ou le pod a été évincé, et la fin du conteneur est inconnue. Ce n’est pas un plantage.',
    'Rien à faire quand le pod a été remplacé.',
  ],
  RestartBackOff: [
    'Le prochain démarrage est retardé',
    'Le kubelet attend de plus en plus avant chaque redémarrage : 10 s, doublées jusqu’à 5 min, remises à zéro après 10 min de marche.',
    'Corriger la cause du plantage ; le prochain démarrage viendra seul.',
  ],
  NodeOutOfMemory: [
    'Le nœud a manqué de mémoire',
    'Le noyau du nœud a tué le conteneur parce que le nœud, et non le conteneur, n’avait plus de mémoire.',
    'Fixer requests et limits de mémoire sur les pods de ce nœud, ou prendre des nœuds mieux dotés.',
  ],
  SharedCrash: [
    'Tous les nouveaux pods plantent de même',
    'Plusieurs pods d’une révision se terminent par le même code : la cause est la révision, pas un nœud.',
    'Regarder ce qui a changé avec cette révision ; revenir en arrière avec kubectl rollout undo.',
  ],
  Flapping: [
    'Redémarre encore et encore',
    'Le conteneur sert entre-temps, mais redémarre trop souvent pour qu’on s’y fie.',
    'Regarder pourquoi sa dernière exécution s’est terminée.',
  ],
  RestartedBefore: [
    'A redémarré par le passé',
    'Le conteneur a redémarré il y a quelque temps et tourne depuis.',
    'Rien à faire.',
  ],
  AllContainersRestarting: [
    'Tous les conteneurs redémarrent par règle',
    'Une règle de redémarrage du pod relance sur place tous ses conteneurs.',
    'Rien à faire, sauf si cela se répète : regarder alors le conteneur dont la fin déclenche la règle.',
  ],
  ReadinessProbeFailing: [
    'La sonde readiness reçoit une erreur',
    'Le programme répond à sa sonde readiness par un statut HTTP qui signifie « pas prêt ».',
    'Chercher pourquoi le programme se dit non prêt (5xx), ou corriger le chemin (404) ou sa protection (401).',
  ],
  ReadinessProbeRefused: [
    'Rien n’écoute sur le port sondé',
    'La connexion de la sonde readiness est refusée.',
    'Faire écouter le programme sur ce port et toutes les adresses (pas 127.0.0.1), ou corriger le port de la sonde.',
  ],
  ReadinessProbeTimeout: [
    'La sonde readiness n’obtient pas de réponse à temps',
    'Le programme ne répond pas à sa sonde readiness dans le délai timeoutSeconds.',
    'Donner plus de CPU au programme, ou augmenter timeoutSeconds (1 s par défaut).',
  ],
  ReadinessProbeUnhealthy: [
    'La sonde readiness dit non',
    'La commande ou le service gRPC de la sonde readiness dit que le programme n’est pas prêt.',
    'Chercher pourquoi le programme se dit non prêt.',
  ],
  ReadinessProbeBroken: [
    'La sonde readiness ne peut pas s’exécuter',
    'La sonde elle-même échoue ; son résultat est ignoré et le conteneur reste non prêt.',
    'Corriger la sonde : sa commande, son port, son schéma ou le service qu’elle interroge.',
  ],
  ReadinessProbeSilent: [
    'Pas prêt, sans explication',
    'Le conteneur tourne sans être prêt, et aucun événement ne dit ce que sa sonde a répondu.',
    'Lire le journal du conteneur ; les événements expirent après une heure.',
  ],
  StartingUp: [
    'Démarrage en cours',
    'La sonde startup n’a pas encore réussi et son budget n’est pas épuisé.',
    'Attendre.',
  ],
  StartupProbeKills: [
    'La sonde startup tue le conteneur',
    'Le conteneur n’est pas prêt dans le budget de sa sonde startup et il est tué.',
    'Augmenter failureThreshold de la sonde startup, ou accélérer le démarrage.',
  ],
  LivenessProbeKills: [
    'La sonde liveness tue le conteneur',
    'La sonde liveness échoue et le kubelet relance chaque fois le conteneur.',
    'Trouver pourquoi le programme se fige, ou assouplir la sonde (timeoutSeconds, failureThreshold, une sonde startup).',
  ],
  LivenessProbeFailing: [
    'La sonde liveness échoue parfois',
    'La sonde liveness a échoué, mais pas assez de fois de suite pour relancer le conteneur.',
    'Augmenter timeoutSeconds, ou trouver ce qui ralentit le programme.',
  ],
  ReadinessGateWaiting: [
    'En attente d’une readiness gate',
    'Tous les conteneurs sont prêts ; un autre contrôleur n’a pas posé la condition que le pod attend aussi.',
    'Examiner le contrôleur qui pose la condition, souvent un répartiteur de charge ou un service mesh.',
  ],
  ProbeWarning: [
    'Réponse étrange à une sonde',
    'La sonde compte comme réussie, mais a été redirigée vers un autre hôte ou a reçu une réponse trop longue.',
    'Faire interroger par la sonde un chemin qui répond lui-même.',
  ],
  NoReadinessProbe: [
    'Pas de sonde readiness',
    '« Prêt » signifie seulement que le processus tourne ; on ne sait pas s’il sert.',
    'Ajouter une sonde readiness.',
  ],
  ProbePortMissing: [
    'Le port nommé par la sonde n’existe pas',
    'La sonde désigne un port par un nom que le conteneur ne déclare pas.',
    'Nommer le port dans le conteneur, ou donner son numéro à la sonde.',
  ],
  InitContainerFailing: [
    'Échec d’un conteneur init',
    'Un conteneur init se termine par une erreur, et les conteneurs du pod ne démarrent pas.',
    'Lire le journal du conteneur init.',
  ],
  InitContainerSlow: [
    'Un conteneur init dure',
    'Un conteneur init ne s’est pas terminé ; Kubernetes ne lui fixe aucune limite. Souvent, il attend un autre service.',
    'Lire son journal et regarder ce qu’il attend.',
  ],
  InitContainerBlocked: [
    'Un conteneur init ne peut pas démarrer',
    'L’image ou la configuration d’un conteneur init est fausse, et le pod ne va pas plus loin.',
    'Corriger l’image ou la configuration du conteneur init.',
  ],
  SidecarNotStarted: [
    'Un sidecar bloque le démarrage',
    'Un sidecar n’a pas démarré, et les conteneurs suivants l’attendent.',
    'Examiner la sonde startup et le journal du sidecar.',
  ],
  SidecarCrashing: [
    'Un sidecar plante',
    'Un sidecar se termine encore et encore ; le pod n’est pas prêt bien que son conteneur principal tourne.',
    'Lire le journal du sidecar.',
  ],
  SidecarNotReady: [
    'Sidecar pas prêt',
    'Un sidecar tourne sans être prêt ; le pod ne reçoit aucun trafic en attendant.',
    'Examiner la sonde readiness du sidecar.',
  ],
  SecondContainerNotReady: [
    'Un second conteneur n’est pas prêt',
    'Le conteneur principal est prêt et un autre ne l’est pas : tout le pod est privé de trafic.',
    'Réparer le conteneur qui n’est pas prêt.',
  ],
  InitContainerRestarted: [
    'Un conteneur init a tourné de nouveau',
    'Les conteneurs init ont tourné plus d’une fois, comme après un redémarrage du nœud ou un nouveau sandbox.',
    'Rien à faire : un conteneur init doit supporter de tourner deux fois.',
  ],
  EphemeralContainerFailed: [
    'Conteneur de débogage terminé',
    'Un conteneur éphémère s’est terminé. Il a été ajouté à la main et ne compte jamais pour la santé du pod.',
    'Rien à faire.',
  ],
  UnschedulableResources: [
    'Pas assez de place sur les nœuds',
    'Aucun nœud n’a autant de CPU, de mémoire ou de stockage libre que le pod en demande.',
    'Baisser les requests des conteneurs, ou ajouter des nœuds.',
  ],
  UnschedulableDevice: [
    'Aucun périphérique libre',
    'Aucun nœud n’a de périphérique libre du type demandé par le pod, un GPU par exemple.',
    'Ajouter des nœuds avec ce périphérique, ou en libérer un.',
  ],
  UnschedulableTaint: [
    'Des taints écartent le pod',
    'Les nœuds portent des taints que le pod ne tolère pas.',
    'Ajouter une toleration au modèle, ou des nœuds sans ce taint.',
  ],
  UnschedulableNodeTrouble: [
    'Nœuds en difficulté',
    'Les nœuds ne sont pas prêts, injoignables ou sous pression, et n’acceptent pas de nouveau pod.',
    'Réparer ou remplacer ces nœuds.',
  ],
  UnschedulableCordoned: [
    'Nœuds fermés aux nouveaux pods',
    'Quelqu’un a marqué les nœuds unschedulable, d’ordinaire pour une maintenance.',
    'Rouvrir les nœuds (uncordon) après la maintenance, ou ajouter des nœuds.',
  ],
  UnschedulableNodeAffinity: [
    'Aucun nœud ne convient au sélecteur',
    'Aucun nœud n’a les labels que demandent nodeSelector ou l’affinité de nœud du pod.',
    'Corriger nodeSelector ou l’affinité, ou étiqueter des nœuds.',
  ],
  UnschedulablePodAffinity: [
    'Affinité de pods impossible',
    'Les règles sur les pods qui partagent un nœud excluent tous les nœuds ; souvent chacun a déjà un réplica.',
    'Préférer au lieu d’exiger dans la règle, réduire les réplicas, ou ajouter des nœuds.',
  ],
  UnschedulableTopologySpread: [
    'Répartition impossible à tenir',
    'Placer le pod sur n’importe quel nœud violerait ses contraintes de répartition.',
    'Ajouter de la capacité dans la zone qui manque, ou mettre whenUnsatisfiable à ScheduleAnyway.',
  ],
  UnschedulableHostPort: [
    'Port de l’hôte occupé',
    'Le port que le pod veut sur le nœud lui-même est pris sur tous les nœuds.',
    'Se passer de hostPort, ou lancer au plus un réplica par nœud.',
  ],
  UnschedulablePodLimit: [
    'Nœuds à leur nombre maximal de pods',
    'Les nœuds portent autant de pods qu’ils le peuvent.',
    'Ajouter des nœuds, ou augmenter maxPods du kubelet.',
  ],
  UnschedulableVolumeUnbound: [
    'Demande de volume non liée',
    'Une demande de volume du pod n’a pas encore de volume.',
    'Examiner la demande, sa classe de stockage et le provisionneur.',
  ],
  UnschedulableClaimMissing: [
    'La demande de volume n’existe pas',
    'Le pod nomme une PersistentVolumeClaim qui n’existe pas ou qui est en suppression.',
    'Créer la demande, ou corriger son nom dans le modèle.',
  ],
  UnschedulableVolumeZone: [
    'Le volume est ailleurs',
    'Le volume n’est utilisable que dans une zone ou sur un nœud, et aucun nœud éligible ne s’y trouve.',
    'Ajouter de la capacité là où est le volume, ou déplacer les données vers un nouveau volume.',
  ],
  UnschedulableVolumeSupply: [
    'Pas de volume, ou limite d’attachement atteinte',
    'Aucun volume persistant ne convient à la demande, ou les nœuds ont attaché autant de volumes qu’ils le peuvent.',
    'Fournir des volumes, ou répartir les pods sur plus de nœuds.',
  ],
  UnschedulableVolumeInUse: [
    'Volume utilisé par un autre pod',
    'Un volume en mode ReadWriteOncePod est utilisé par un autre pod.',
    'Terminer d’abord l’autre pod ; utiliser la stratégie Recreate pour un tel volume.',
  ],
  UnschedulableDeviceClaim: [
    'Demande de périphérique impossible à servir',
    'Aucun nœud ne peut donner les périphériques qu’une demande de ressource du pod réclame.',
    'Examiner le pilote, la classe de périphériques et la demande.',
  ],
  SchedulingGated: [
    'Retenu par une scheduling gate',
    'Le pod n’est pas remis à l’ordonnanceur tant que ses scheduling gates ne sont pas retirées.',
    'Examiner le contrôleur à qui appartient la gate, souvent une file de jobs ou de quotas.',
  ],
  SchedulerAbsent: [
    'Aucun ordonnanceur ne s’occupe du pod',
    'L’ordonnanceur que nomme le pod ne l’a pas examiné : il est arrêté ou n’existe pas.',
    'Vérifier schedulerName et que cet ordonnanceur tourne.',
  ],
  NoNodes: ['Le cluster n’a aucun nœud', 'Il n’y a aucun nœud où le pod pourrait tourner.', 'Ajouter des nœuds.'],
  SchedulerFailed: [
    'L’ordonnanceur signale une erreur',
    'L’ordonnanceur n’a pas pu finir son travail sur le pod.',
    'Lire le texte cité ; examiner l’ordonnanceur.',
  ],
  PreemptionPending: [
    'En attente de place sur un nœud',
    'Des pods de priorité inférieure quittent un nœud pour faire place à celui-ci.',
    'Attendre la fin des autres pods.',
  ],
  ScaleUpRunning: [
    'Un nœud est en cours d’ajout',
    'L’autoscaler du cluster ajoute un nœud pour le pod.',
    'Attendre le nœud.',
  ],
  ScaleUpImpossible: [
    'L’autoscaler n’y peut rien',
    'Le pod ne tient sur aucun nœud, et l’autoscaler n’a aucun type de nœud à ajouter qui l’accepterait.',
    'Relever les limites des groupes de nœuds, ou changer ce que demande le pod.',
  ],
  UnschedulableDaemonPod: [
    'Le pod du DaemonSet ne tient pas sur son nœud',
    'Un pod de DaemonSet ne peut tourner que sur un nœud, et ce nœud ne le prend pas.',
    'Donner au DaemonSet une priorityClass ou des requests plus basses, ou faire de la place sur ce nœud.',
  ],
  QuotaExceeded: [
    'Quota dépassé',
    'L’espace de noms a épuisé un ResourceQuota : aucun pod de plus n’est admis.',
    'Augmenter le quota, baisser les requests, ou libérer ce que l’espace de noms utilise ailleurs.',
  ],
  QuotaNeedsResources: [
    'Le quota exige requests ou limits',
    'Un ResourceQuota compte une ressource dont un conteneur du modèle ne dit pas la quantité.',
    'Fixer les requests et limits que nomme le quota, ou un LimitRange avec des valeurs par défaut.',
  ],
  PodSecurityViolation: [
    'Pod Security refuse le pod',
    'L’espace de noms impose un niveau Pod Security que le modèle ne respecte pas.',
    'Renseigner les champs cités dans securityContext, ou changer le label de l’espace de noms.',
  ],
  WebhookDenied: [
    'Un webhook d’admission refuse le pod',
    'Une politique derrière un webhook d’admission refuse les pods.',
    'Adapter le modèle à la politique, ou la politique.',
  ],
  WebhookUnavailable: [
    'Un webhook d’admission ne répond pas',
    'L’API server ne peut pas appeler un webhook d’admission obligatoire : aucun pod ne peut être créé.',
    'Réparer le service derrière le webhook, ou mettre sa failurePolicy à Ignore.',
  ],
  PolicyDenied: [
    'Une politique d’admission refuse le pod',
    'Une ValidatingAdmissionPolicy refuse les pods.',
    'Adapter le modèle à la politique, ou la politique.',
  ],
  MissingServiceAccount: [
    'ServiceAccount manquant',
    'Le ServiceAccount que nomme le modèle n’existe pas dans l’espace de noms.',
    'Créer le ServiceAccount, ou corriger serviceAccountName.',
  ],
  LimitRangeViolation: [
    'Un LimitRange refuse le pod',
    'Les requests ou limits du modèle sortent de ce qu’un LimitRange de l’espace de noms permet.',
    'Changer les requests et limits, ou le LimitRange.',
  ],
  MissingClass: [
    'PriorityClass ou RuntimeClass manquante',
    'Le modèle nomme une classe qui n’existe pas dans le cluster.',
    'Créer la classe, ou corriger son nom dans le modèle.',
  ],
  TemplateInvalid: [
    'Modèle invalide',
    'L’API server trouve un champ invalide dans les pods que produit le modèle.',
    'Corriger le champ cité du modèle.',
  ],
  SecurityConstraintDenied: [
    'Aucune contrainte de sécurité n’autorise le pod',
    'OpenShift ne trouve aucune contrainte qui autorise le pod et soit accordée à son ServiceAccount.',
    'Accorder une contrainte adaptée au ServiceAccount, ou demander moins dans securityContext.',
  ],
  ControllerForbidden: [
    'Le contrôleur n’a pas le droit de créer des pods',
    'Le contrôleur n’a pas ici le droit de créer des pods.',
    'Rétablir les rôles d’origine des contrôleurs.',
  ],
  NamespaceEnding: [
    'L’espace de noms n’accepte plus rien',
    'L’espace de noms est en suppression : aucun pod ne peut y être créé.',
    'Rien à faire : la charge part avec son espace de noms.',
  ],
  ClaimRefused: [
    'Demande de volume refusée',
    'Le StatefulSet n’a pas pu créer la demande de volume d’un pod, et ne crée pas de pod sans elle.',
    'Corriger ce que nomme le texte cité : quota de stockage, classe de stockage ou taille.',
  ],
  ClaimTerminating: [
    'L’ancienne demande de volume est encore en suppression',
    'La demande de volume d’un ordinal est en suppression ; son pod ne peut pas encore être recréé.',
    'Attendre ; si cela dure, regarder ce qui utilise encore la demande (finalizer pvc-protection).',
  ],
  ReplicaSetCreateFailed: [
    'Nouveau ReplicaSet refusé',
    'Le Deployment n’a pas pu créer le ReplicaSet de son nouveau modèle.',
    'Corriger ce que nomme le texte cité.',
  ],
  PodDeleteFailed: [
    'Anciens pods impossibles à supprimer',
    'Le contrôleur n’a pas le droit ou pas le moyen de supprimer les pods en trop.',
    'Lire le texte cité ; souvent un webhook refuse la suppression.',
  ],
  ApiServerSlow: [
    'L’API server est lent',
    'L’API server ou son stockage n’a pas répondu à temps au contrôleur.',
    'Examiner l’API server et etcd.',
  ],
  MissingConfigMapVolume: [
    'ConfigMap d’un volume manquante',
    'Un volume est fait d’une ConfigMap qui n’existe pas dans l’espace de noms.',
    'Créer la ConfigMap dans l’espace de noms du pod, ou mettre optional: true sur le volume.',
  ],
  MissingSecretVolume: [
    'Secret d’un volume manquant',
    'Un volume est fait d’un Secret qui n’existe pas dans l’espace de noms.',
    'Créer le Secret dans l’espace de noms du pod (son émetteur tarde-t-il ?), ou mettre optional: true sur le volume.',
  ],
  MissingVolumeKey: [
    'Clé d’un volume manquante',
    'Un volume demande une clé que sa ConfigMap ou son Secret n’a pas.',
    'Ajouter la clé à la ConfigMap ou au Secret, ou corriger items du volume.',
  ],
  VolumeMountTimeout: [
    'Volume non monté à temps',
    'Le kubelet attend qu’un volume soit attaché et monté.',
    'Examiner le pilote CSI et le stockage derrière la demande.',
  ],
  CsiDriverMissing: [
    'Pilote CSI absent du nœud',
    'Le pilote de stockage du volume ne tourne pas sur le nœud du pod.',
    'Examiner le pod du pilote CSI sur ce nœud.',
  ],
  VolumeAttachedElsewhere: [
    'Volume attaché à un autre nœud',
    'Le volume ne s’attache qu’à un nœud à la fois et l’est encore à un autre.',
    'Attendre jusqu’à 6 minutes le détachement forcé ; avec un tel volume unique, utiliser la stratégie Recreate.',
  ],
  VolumeAttachFailed: [
    'Volume impossible à attacher',
    'Le système de stockage refuse d’attacher le volume au nœud.',
    'Lire le texte cité du système de stockage.',
  ],
  VolumeMountFailed: [
    'Volume impossible à monter',
    'Le nœud ne peut pas monter le volume.',
    'Lire le texte cité (système de fichiers, droits, serveur, type de chemin).',
  ],
  ClusterTokenMissing: [
    'CA ou jeton du cluster pas encore là',
    'La ConfigMap avec la CA du cluster ou le jeton du ServiceAccount ne peut pas être lu.',
    'Attendre ; si cela dure, examiner kube-controller-manager et l’API server.',
  ],
  VolumeProvisioningFailed: [
    'Volume impossible à provisionner',
    'Aucun volume ne peut être créé pour la demande.',
    'Corriger la classe de stockage de la demande, ou examiner son provisionneur.',
  ],
  VolumeMapOrResizeFailed: [
    'Échec d’un volume bloc ou d’un redimensionnement',
    'Un volume bloc ne peut pas être mappé, ou un volume ou son système de fichiers ne peut pas être redimensionné.',
    'Lire le texte cité du système de stockage.',
  ],
  PodStartSilent: [
    'Le nœud se tait sur le démarrage',
    'Le pod a un nœud, ses conteneurs attendent, et aucun événement ne dit quoi : volumes, réseau ou kubelet.',
    'Examiner le kubelet et le moteur de conteneurs de ce nœud.',
  ],
  NetworkSetupFailed: [
    'Réseau du pod impossible à établir',
    'Le plugin réseau du nœud échoue pour le pod.',
    'Examiner l’agent réseau de ce nœud.',
  ],
  PodAddressesExhausted: [
    'Plus d’adresse pour les pods',
    'Le nœud ou son sous-réseau n’a plus d’adresse IP libre pour un pod de plus.',
    'Agrandir le sous-réseau ou la plage de pods du nœud, ou y faire tourner moins de pods.',
  ],
  NodeNetworkNotReady: [
    'Réseau du nœud pas prêt',
    'Le plugin réseau du nœud ne tourne pas encore.',
    'Examiner l’agent réseau de ce nœud.',
  ],
  NodeLost: [
    'Le nœud ne donne plus signe',
    'Le nœud ne répond plus ; ses pods comptent comme perdus et sont déplacés après tolerationSeconds.',
    'Examiner le nœud. Ses pods sont remplacés ailleurs à l’échéance de leurs tolerations.',
  ],
  TaintEviction: [
    'Déplacé de son nœud',
    'Le nœud a reçu un taint que le pod ne tolère pas ; le pod a été supprimé pour être remplacé ailleurs.',
    'Rien à faire si le remplaçant démarre ; sinon, examiner le nœud.',
  ],
  EvictedNodePressure: [
    'Évincé, le nœud étant à court',
    'Le nœud manquait de mémoire, de disque ou de numéros de processus et a mis fin au pod.',
    'Fixer des requests proches de l’usage, libérer le disque du nœud, ou ajouter des nœuds.',
  ],
  EvictedDiskLimit: [
    'Évincé pour sa propre limite de disque',
    'Le pod a écrit sur son disque local ou dans un emptyDir plus que sa limite ne le permet.',
    'Augmenter la limite, faire tourner les journaux, ou écrire moins sur le disque local.',
  ],
  NodeShutdown: [
    'Le nœud s’arrête',
    'Le kubelet a mis fin au pod parce que son nœud s’arrête.',
    'Rien à faire si le remplaçant démarre.',
  ],
  Preempted: [
    'Évincé par une priorité supérieure',
    'L’ordonnanceur a mis fin au pod pour faire place à un autre, plus prioritaire.',
    'Ajouter de la capacité, ou donner à la charge une priorité plus haute.',
  ],
  EvictedByApi: [
    'Déplacé par un drain',
    'Quelqu’un a vidé le nœud, ou l’autoscaler le retire.',
    'Rien à faire si le remplaçant démarre.',
  ],
  NodeRefusedPod: [
    'Le nœud a refusé le pod',
    'Le kubelet n’a pas admis le pod que l’ordonnanceur lui a donné.',
    'Un refus isolé est une course avec l’ordonnanceur ; s’il se répète, examiner les device plugins de ce nœud.',
  ],
  StuckOnLostNode: [
    'Ne peut finir : son nœud a disparu',
    'Le pod est en suppression et son nœud ne confirme pas la fin des conteneurs.',
    'Supprimer l’objet Node si la machine est partie pour de bon, ou lui donner le taint node.kubernetes.io/out-of-service.',
  ],
  StuckOnFinalizer: [
    'Ne peut finir : retenu par un finalizer',
    'Les conteneurs du pod sont terminés, et un finalizer retient son objet.',
    'Examiner le contrôleur à qui appartient le finalizer.',
  ],
  ContainerWillNotStop: [
    'Le conteneur ne s’arrête pas',
    'Le pod a dépassé son délai de grâce et des conteneurs tournent encore.',
    'Examiner le hook preStop, et le moteur de conteneurs de ce nœud.',
  ],
  LongTermination: [
    'Fin en cours, dans son délai de grâce',
    'Le pod est en suppression et a encore le temps de finir seul.',
    'Attendre.',
  ],
  PodGarbageCollected: [
    'Retiré avec son nœud',
    'Le nœud du pod n’existe plus.',
    'Rien à faire si le remplaçant démarre.',
  ],
  SandboxChurn: [
    'Sandbox du pod sans cesse recréé',
    'Le sandbox du pod se termine et est recréé, ce qui relance tous ses conteneurs.',
    'Examiner le moteur de conteneurs et l’agent réseau de ce nœud.',
  ],
  NodeRebooted: [
    'Nœud redémarré',
    'Le nœud a redémarré, et avec lui tous ses conteneurs.',
    'Rien à faire si les conteneurs reviennent ; chercher pourquoi il a redémarré.',
  ],
  PodStatusUnknown: [
    'État du pod inconnu',
    'Le nœud ne répond plus : personne ne sait ce que fait le pod.',
    'Examiner le nœud.',
  ],
  ProgressDeadlineExceeded: [
    'Le déploiement a dépassé son délai',
    'La nouvelle révision n’a pas progressé pendant progressDeadlineSeconds. Kubernetes ne fait rien de plus.',
    'Corriger ce qui empêche les nouveaux pods d’être prêts, ou revenir en arrière avec kubectl rollout undo.',
  ],
  RolloutStuckButServing: [
    'La nouvelle version échoue, l’ancienne sert encore',
    'Le déploiement ne peut pas finir, mais les pods de l’ancienne révision fournissent tous les réplicas voulus.',
    'Pas de panne : corriger la nouvelle version, ou revenir avec kubectl rollout undo quand cela convient.',
  ],
  RolloutWillNotFinish: [
    'Le déploiement ne finira pas',
    'Des pods de la nouvelle révision ont une cause qui ne guérit pas seule ; le délai n’est pas encore passé.',
    'Corriger la cause des nouveaux pods ou revenir avec kubectl rollout undo ; inutile d’attendre le délai.',
  ],
  ControllerNotActing: [
    'Changement non pris en compte',
    'Le contrôleur n’a pas regardé la dernière version de l’objet : son statut parle d’une version plus ancienne.',
    'Examiner kube-controller-manager : il est arrêté, surchargé ou n’a pas les droits.',
  ],
  WaitingMinReadySeconds: [
    'En attente de minReadySeconds',
    'Des pods sont prêts, mais pas depuis minReadySeconds : ils ne comptent pas encore comme disponibles.',
    'Rien à faire : ils compteront une fois le temps passé.',
  ],
  RollingUpdateRunning: [
    'Mise à jour progressive en cours',
    'Des réplicas manquent parce qu’une mise à jour les remplace, dans ce que maxUnavailable permet.',
    'Rien à faire : c’est une mise à jour ordinaire.',
  ],
  PausedWithChange: [
    'En pause avec un changement en attente',
    'Le Deployment est en pause et son modèle diffère de ce qui tourne : le changement n’est pas déployé.',
    'Continuer avec kubectl rollout resume, ou annuler le changement.',
  ],
  RecreateGap: [
    'Coupure de redémarrage prévue',
    'La mise à jour termine les anciens pods avant que les nouveaux servent (stratégie Recreate, maxUnavailable de toutes les répliques, ou une seule réplique) ; rien ne sert entre-temps.',
    'Attendre les nouveaux pods ; si la coupure n’est pas acceptable, faire venir les nouveaux d’abord (RollingUpdate avec maxSurge) ou ajouter des répliques.',
  ],
  SurgeBlocked: [
    'Mise à jour en impasse',
    'Le nouveau pod a besoin de la place d’un ancien, et la stratégie ne termine aucun ancien avant que le nouveau soit prêt.',
    'Mettre maxUnavailable à 1 ou maxSurge à 0, ou faire de la place pour un pod de plus.',
  ],
  OldPodsLinger: [
    'D’anciens pods se terminent encore',
    'La mise à jour est complète, mais des pods de l’ancienne révision ne sont pas terminés ; les nombres du statut les omettent.',
    'Attendre, ou regarder pourquoi les anciens pods ne se terminent pas.',
  ],
  RegressionAfterRollout: [
    'Réplicas perdus après le déploiement',
    'Le déploiement était complet et des réplicas ont été perdus depuis. Kubernetes n’estime plus de progression.',
    'Corriger la cause des pods perdus.',
  ],
  NeverHealthy: [
    'Jamais saine depuis sa création',
    'Le premier déploiement n’a pas rendu la charge disponible : rien ne dit que ce modèle peut marcher.',
    'Corriger la cause de ses pods ; il n’y a pas de révision antérieure où revenir.',
  ],
  TemplateChanged: [
    'A commencé après un changement',
    'Le trouble a commencé peu après le déploiement d’un nouveau modèle.',
    'Comparer les deux révisions ; kubectl rollout undo revient à la précédente.',
  ],
  RollbackRunning: [
    'Retour à une révision antérieure',
    'Le modèle est celui d’un ReplicaSet plus ancien, qui porte maintenant le numéro de révision le plus récent.',
    'Rien à faire : attendre la fin du retour.',
  ],
  OrdinalBlocks: [
    'Un ordinal bloque l’ensemble',
    'Avec OrderedReady, le contrôleur traite un pod à la fois : aucun suivant n’est créé ou mis à jour avant que celui-ci soit prêt.',
    'Réparer le pod non prêt de plus petit ordinal.',
  ],
  ForcedRollbackTrap: [
    'Révision retirée à supprimer à la main',
    'Un pod d’une révision retirée est cassé, et le contrôleur attend qu’il soit prêt pour le remplacer.',
    'Supprimer ce pod à la main : kubectl delete pod NOM. Le contrôleur le recrée alors de la bonne révision.',
  ],
  HeldByPartition: [
    'Retenu par la partition',
    'Les pods sous la partition gardent l’ancienne révision à dessein.',
    'Abaisser la partition pour continuer la mise à jour.',
  ],
  HeldByOnDelete: [
    'Ancienne révision jusqu’à suppression',
    'Avec la stratégie OnDelete, un pod n’est mis à jour que si quelqu’un le supprime.',
    'Supprimer les anciens pods un par un pour les mettre à jour.',
  ],
  GoverningServiceMissing: [
    'Service directeur manquant',
    'Le Service qui donne aux pods leurs noms DNS n’existe pas : les pairs ne se trouvent pas par leur nom.',
    'Créer le Service headless que nomme spec.serviceName.',
  ],
  ScaleDownBlocked: [
    'Réduction bloquée',
    'Avec OrderedReady, aucun pod n’est retiré tant qu’un ordinal inférieur n’est pas prêt.',
    'Réparer le pod qui n’est pas prêt.',
  ],
  DaemonPodsMissing: [
    'Des nœuds sans leur pod',
    'Le contrôleur veut un pod sur plus de nœuds qu’il n’y en a : des pods n’ont pas pu être créés.',
    'Corriger ce qui refuse les pods.',
  ],
  DaemonPodsMisscheduled: [
    'Pods sur des nœuds où ils ne devraient pas être',
    'Les labels ou taints des nœuds ont changé après le placement des pods.',
    'Supprimer ces pods, ou faire tolérer ou sélectionner ces nœuds par le modèle.',
  ],
  NoNodeMatches: [
    'Aucun nœud ne convient',
    'Le DaemonSet ne veut aucun pod : aucun nœud n’a les labels qu’il sélectionne, ou tous ont des taints.',
    'Comparer nodeSelector, affinité et tolerations aux labels et taints des nœuds.',
  ],
  DaemonUpdateBlocked: [
    'La mise à jour du DaemonSet attend',
    'Autant de nœuds sont sans pod valide que maxUnavailable le permet : aucun autre pod n’est mis à jour.',
    'Réparer les pods qui ne sont pas disponibles.',
  ],
  DaemonPodKeepsFailing: [
    'Un pod du DaemonSet échoue sans cesse',
    'Le pod d’un nœud finit en Failed ou Succeeded et le contrôleur le recrée chaque fois.',
    'Chercher pourquoi les pods finissent : le nœud les refuse, les évince, ou le programme se termine.',
  ],
  ServicePortMissing: [
    'Port du Service absent de tout conteneur',
    'Un Service envoie du trafic vers un port nommé qu’aucun conteneur de ses pods ne déclare.',
    'Corriger le nom dans targetPort, ou nommer le port du conteneur.',
  ],
  ServiceWithoutReadyPods: [
    'Service sans pod prêt',
    'Aucun pod que le Service sélectionne n’est prêt : les appelants reçoivent des erreurs.',
    'Réparer les pods derrière lui.',
  ],
  ServiceSelectsNothing: [
    'Le Service ne sélectionne aucun pod',
    'Les labels que le Service sélectionne ne sont sur aucun pod : il n’a aucun endpoint.',
    'Rendre égaux le sélecteur du Service et les labels du modèle.',
  ],
  ScaledToZero: [
    'Réduite à zéro',
    'Aucun réplica n’est voulu.',
    'Rien à faire, sauf si des réplicas devraient tourner : augmenter alors leur nombre.',
  ],
  AutoscalerTrouble: [
    'L’autoscaler ne peut pas travailler',
    'Le HorizontalPodAutoscaler ne peut pas lire ses métriques : le nombre de réplicas ne bouge plus.',
    'Vérifier metrics-server (ou l’adaptateur de métriques) et que chaque conteneur a des requests.',
  ],
  MemoryNearLimit: [
    'Mémoire proche de sa limite',
    'Un conteneur utilise 90 % ou plus de sa limite de mémoire ; à la limite, il est tué.',
    'Augmenter la limite ou trouver la fuite avant qu’il ne soit tué.',
  ],
  CpuAtLimit: [
    'CPU à sa limite',
    'Un conteneur utilise tout le CPU que sa limite permet et est freiné, ce qui ralentit aussi ses sondes.',
    'Augmenter ou retirer la limite de CPU, ou ajouter des réplicas.',
  ],
  ResizeRefused: [
    'Redimensionnement sur place refusé',
    'Le nœud ne peut pas donner au pod en marche les ressources qu’il demande maintenant.',
    'Demander une taille que le nœud peut donner, ou laisser recréer le pod ailleurs.',
  ],
  NamespaceTerminating: [
    'Espace de noms en suppression',
    'Tout ce que contient l’espace de noms s’en va.',
    'Rien à faire, sauf s’il reste bloqué : examiner alors les finalizers que nomment ses conditions.',
  ],
  ImageDrift: [
    'Même étiquette, autre image',
    'L’étiquette a été poussée de nouveau entre deux démarrages : des réplicas tournent avec des images différentes sous un même nom.',
    'Désigner les images par digest ou par une étiquette qui ne bouge jamais, puis relancer le déploiement.',
  ],
  ForeignPods: [
    'Sélecteur partagé avec une autre charge',
    'Le sélecteur désigne aussi des pods d’un autre contrôleur ; nombres et Services peuvent les confondre.',
    'Donner à chaque charge ses propres labels dans le sélecteur et le modèle.',
  ],
  WorkloadStuckTerminating: [
    'La charge ne disparaît pas',
    'La charge a été supprimée et elle est encore là : des finalizers ou des pods la retiennent.',
    'Examiner les pods qui ne se terminent pas, et le contrôleur à qui appartient le finalizer.',
  ],
  SinglePointOfFailure: [
    'Une défaillance suffit à tout arrêter',
    'Il n’y a qu’un réplica, ou tous sont sur un même nœud.',
    'Faire tourner au moins deux réplicas et les répartir sur plusieurs nœuds.',
  ],
  CauseUnknown: [
    'Cause inconnue',
    'Des réplicas manquent et rien dans les objets et événements ne dit pourquoi.',
    'Examiner les pods et leurs journaux ; si les événements ne sont pas autorisés, les autoriser : ils portent la plupart des causes.',
  ],
  PodCreationFailed: [
    'Pods impossibles à créer',
    'L’API server refuse les pods par un texte qui ne correspond à aucun refus connu.',
    'Lire le texte cité : c’est la réponse de l’API server au contrôleur.',
  ],
  Unschedulable: [
    'Pod impossible à placer',
    'L’ordonnanceur n’a trouvé aucun nœud et donne une raison qui ne correspond à aucune connue.',
    'Lire le texte cité de l’ordonnanceur.',
  ],
  PodFailed: [
    'Le pod a échoué',
    'Le pod a fini en Failed avec une raison qui ne correspond à aucune connue.',
    'Lire la raison citée et les journaux de ses conteneurs.',
  ],
  ContainerWaiting: [
    'Le conteneur attend',
    'Un conteneur attend pour une raison qui ne correspond à aucune connue.',
    'Lire la raison citée et les événements du pod.',
  ],
  Starting: [
    'Les pods démarrent',
    'Des pods sont en route et rien n’a mal tourné jusqu’ici.',
    'Rien à faire : ils deviennent prêts, ou la cause apparaît.',
  ],
};

/** Remedies that a rule says instead of its list entry's, by their English text. */
export const remediesFr: Readonly<Record<string, string>> = {
  'A volume that one node holds allows no surge: use strategy Recreate, or a StatefulSet.':
    'Un volume tenu par un seul nœud ne permet pas de pod de plus : utiliser la stratégie Recreate, ou un StatefulSet.',
  'Wait for the new pods; set maxSurge to 1 where the gap is not acceptable.':
    'Attendre les nouveaux pods ; mettre maxSurge à 1 si la coupure n’est pas acceptable.',
  'Wait for the new pod; more replicas are needed where the gap is not acceptable.':
    'Attendre le nouveau pod ; il faut plus de réplicas si la coupure n’est pas acceptable.',
  'Check the proxy settings of the container runtime on the nodes.':
    'Vérifier le mandataire (proxy) configuré pour le moteur de conteneurs sur les nœuds.',
  'Name the registry as its certificate does, or have one made out to the name that is used.':
    'Nommer le registre comme le fait son certificat, ou en faire établir un au nom utilisé.',
  'Renew the certificate of the registry, or correct the clock of the node.':
    'Renouveler le certificat du registre, ou remettre à l’heure l’horloge du nœud.',
};
