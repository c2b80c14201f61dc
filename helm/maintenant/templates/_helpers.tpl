{{- define "maintenant.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Collapses to the release name where that already says maintenant: the guide's PVC is maintenant-data. */}}
{{- define "maintenant.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 58 | trimSuffix "-" }}
{{- else if contains (include "maintenant.name" .) .Release.Name }}
{{- .Release.Name | trunc 58 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "maintenant.name" .) | trunc 58 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* A ClusterRole has no namespace, so two releases of one name need two names. */}}
{{- define "maintenant.clusterRoleName" -}}
{{- if eq .Release.Namespace "maintenant" }}
{{- include "maintenant.fullname" . }}
{{- else }}
{{- printf "%s-%s" .Release.Namespace (include "maintenant.fullname" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "maintenant.selectorLabels" -}}
app.kubernetes.io/name: {{ include "maintenant.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "maintenant.labels" -}}
{{ include "maintenant.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: monitor
app.kubernetes.io/part-of: maintenant
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The metadata block of every object: (dict "root" . "name" … "annotations" …) */}}
{{- define "maintenant.metadata" -}}
name: {{ .name }}
{{- if not .clusterScoped }}
namespace: {{ .namespace | default .root.Release.Namespace }}
{{- end }}
labels:
  {{- include "maintenant.labels" .root | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "maintenant.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "maintenant.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.name is needed when serviceAccount.create is false" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "maintenant.image" -}}
{{- $repository := printf "%s/%s" .Values.image.registry .Values.image.repository }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}
{{- end }}

{{- define "maintenant.claimName" -}}
{{- .Values.persistence.existingClaim | default (printf "%s-data" (include "maintenant.fullname" .)) }}
{{- end }}

{{- define "maintenant.licenseSecret" -}}
{{- .Values.license.existingSecret | default (printf "%s-license" (include "maintenant.fullname" .)) }}
{{- end }}

{{- define "maintenant.authSecret" -}}
{{- .Values.auth.existingSecret | default (printf "%s-auth" (include "maintenant.fullname" .)) }}
{{- end }}

{{/* `cluster` or `namespace`; refuses what cannot work. */}}
{{- define "maintenant.rbacScope" -}}
{{- $scope := .Values.rbac.scope | default (ternary "namespace" "cluster" (gt (len .Values.namespaces.allow) 0)) }}
{{- if and (eq $scope "namespace") (not .Values.namespaces.allow) }}
{{- fail "rbac.scope is \"namespace\", but namespaces.allow is empty: name the namespaces to watch, or set rbac.scope to \"cluster\"" }}
{{- end }}
{{- $scope }}
{{- end }}

{{/* The rules of the guide. `namespaces` is what an allowlist reads of Namespace objects: a Role allows no list of them. */}}
{{- define "maintenant.rules" -}}
- apiGroups: [""]
  resources: ["pods", "pods/log", "services", "namespaces", "events"]
  verbs: ["get", "list", "watch"]
- apiGroups: ["apps"]
  resources: ["deployments", "statefulsets", "daemonsets", "replicasets"]
  verbs: ["get", "list", "watch"]
- apiGroups: ["metrics.k8s.io"]
  resources: ["pods"]
  verbs: ["get", "list"]
{{- end }}

{{/* What no schema can say in a sentence. */}}
{{- define "maintenant.validate" -}}
{{- if eq .Values.runtime "docker" }}
{{- fail "runtime is \"docker\", which this version does not support yet: set it to \"kubernetes\" or \"demo\"" }}
{{- end }}
{{- if and .Values.namespaces.allow .Values.namespaces.exclude }}
{{- fail "namespaces.allow and namespaces.exclude are both set: the allowlist wins, so remove namespaces.exclude" }}
{{- end }}
{{- if and .Values.persistence.existingClaim (not .Values.persistence.enabled) }}
{{- fail "persistence.existingClaim is set, but persistence.enabled is false: the claim would not be used, so remove one of the two" }}
{{- end }}
{{- if and .Values.serviceMonitor.enabled (eq .Values.auth.mode "token") (not .Values.serviceMonitor.tokenSecret.name) }}
{{- fail "serviceMonitor.enabled needs serviceMonitor.tokenSecret.name while auth.mode is \"token\": /metrics asks for a token too" }}
{{- end }}
{{- if and .Values.serviceMonitor.enabled (eq .Values.auth.mode "forward") }}
{{- fail "serviceMonitor.enabled cannot work with auth.mode \"forward\": Prometheus does not come through the proxy, so use auth.mode \"token\" or scrape by other means" }}
{{- end }}
{{- end }}
