{{- define "maintenant.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/*
Collapses to the release name where that already says maintenant: the guide's PVC is maintenant-data. A release may be
called 2.prod, but the name of a Service begins with a letter and holds no dot.
*/}}
{{- define "maintenant.fullname" -}}
{{- $name := .Values.fullnameOverride }}
{{- if not $name }}
{{- $name = .Release.Name }}
{{- if not (contains (include "maintenant.name" .) $name) }}
{{- $name = printf "%s-%s" $name (include "maintenant.name" .) }}
{{- end }}
{{- if regexMatch "^[0-9]" $name }}
{{- $name = printf "release-%s" $name }}
{{- end }}
{{- end }}
{{- $name | replace "." "-" | trunc 58 | trimSuffix "-" }}
{{- end }}

{{/* A ClusterRole has no namespace, so two releases of one name need two names. */}}
{{- define "maintenant.clusterRoleName" -}}
{{- if eq .Release.Namespace "maintenant" }}
{{- include "maintenant.fullname" . }}
{{- else }}
{{- printf "%s-%s" .Release.Namespace (include "maintenant.fullname" .) }}
{{- end }}
{{- end }}

{{/*
Names and other texts of the user go through toYaml, which quotes what YAML would not read as a text: a namespace may be
called 2024, 1e3 or null.
*/}}
{{- define "maintenant.selectorLabels" -}}
app.kubernetes.io/name: {{ include "maintenant.name" . | toYaml }}
app.kubernetes.io/instance: {{ .Release.Name | toYaml }}
{{- end }}

{{/* (dict "root" . "labels" …): the object's own win over commonLabels. */}}
{{- define "maintenant.labels" -}}
{{ include "maintenant.selectorLabels" .root }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/component: monitor
app.kubernetes.io/part-of: maintenant
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with merge (dict) (.labels | default dict) .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The metadata block of every object: (dict "root" . "name" … "annotations" …) */}}
{{- define "maintenant.metadata" -}}
name: {{ .name | toYaml }}
{{- if not .clusterScoped }}
namespace: {{ .namespace | default .root.Release.Namespace | toYaml }}
{{- end }}
labels:
  {{- include "maintenant.labels" . | nindent 2 }}
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
{{- $repository := list .Values.image.registry .Values.image.repository | compact | join "/" }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}
{{- end }}

{{/* Absent only after `helm upgrade --reuse-values` from a chart that did not have the value: then what that one wrote. */}}
{{- define "maintenant.podSecurityContext" -}}
{{- $before := dict "runAsNonRoot" true "runAsUser" 65534 "runAsGroup" 65534 "fsGroup" 65534 "fsGroupChangePolicy" "OnRootMismatch" "seccompProfile" (dict "type" "RuntimeDefault") }}
{{- .Values.podSecurityContext | default $before | toYaml }}
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

{{/* One list without a name twice, which a server-side apply refuses: a variable of extraEnv takes the place of the chart's. */}}
{{- define "maintenant.env" -}}
{{- $names := list }}
{{- range .Values.extraEnv }}
{{- $names = append $names .name }}
{{- end }}
{{- $env := list }}
{{- range include "maintenant.ownEnv" . | fromYamlArray }}
{{- if not (has .name $names) }}
{{- $env = append $env . }}
{{- end }}
{{- end }}
{{- concat $env .Values.extraEnv | toYaml }}
{{- end }}

{{- define "maintenant.ownEnv" -}}
- name: MAINTENANT_ADDR
  value: 0.0.0.0:8080
- name: MAINTENANT_DB
  value: /data/maintenant.db
- name: MAINTENANT_RUNTIME
  value: {{ .Values.runtime }}
- name: NODE_OPTIONS
  value: {{ .Values.nodeOptions | toYaml }}
{{- if ne .Values.basePath "/" }}
- name: MAINTENANT_BASE_PATH
  value: {{ .Values.basePath | toYaml }}
{{- end }}
{{- if ne .Values.logLevel "info" }}
- name: MAINTENANT_LOG_LEVEL
  value: {{ .Values.logLevel }}
{{- end }}
{{- if ne .Values.retention "90d" }}
- name: MAINTENANT_RETENTION
  value: {{ .Values.retention | toYaml }}
{{- end }}
{{- with .Values.databaseMax }}
- name: MAINTENANT_DB_MAX
  value: {{ toYaml . }}
{{- end }}
{{- with .Values.namespaces.allow }}
- name: MAINTENANT_K8S_NAMESPACES
  value: {{ join "," . | toYaml }}
{{- end }}
{{- with .Values.namespaces.exclude }}
- name: MAINTENANT_K8S_EXCLUDE_NAMESPACES
  value: {{ join "," . | toYaml }}
{{- end }}
{{- with .Values.allowedHosts }}
- name: MAINTENANT_ALLOWED_HOSTS
  value: {{ join "," . | toYaml }}
{{- end }}
{{- with .Values.corsOrigins }}
- name: MAINTENANT_CORS_ORIGINS
  value: {{ join "," . | toYaml }}
{{- end }}
{{- if ne .Values.auth.mode "none" }}
- name: MAINTENANT_AUTH
  value: {{ .Values.auth.mode }}
{{- end }}
{{- if eq .Values.auth.mode "token" }}
- name: MAINTENANT_AUTH_TOKENS
  valueFrom:
    secretKeyRef:
      name: {{ include "maintenant.authSecret" . | toYaml }}
      key: token-hashes
{{- end }}
{{- if eq .Values.auth.mode "forward" }}
- name: MAINTENANT_AUTH_FORWARD_HEADER
  value: {{ .Values.auth.forwardHeader | toYaml }}
- name: MAINTENANT_AUTH_FORWARD_CIDRS
  value: {{ join "," .Values.auth.forwardCidrs | toYaml }}
{{- end }}
- name: MAINTENANT_LICENSE_KEY
  valueFrom:
    secretKeyRef:
      name: {{ include "maintenant.licenseSecret" . | toYaml }}
      key: license-key
      # A missing license never stops monitoring.
      optional: true
{{- end }}

{{/* What no schema can say in a sentence. */}}
{{- define "maintenant.validate" -}}
{{- if eq .Values.runtime "docker" }}
{{- fail "runtime is \"docker\", which this version does not support yet: set it to \"kubernetes\" or \"demo\"" }}
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
