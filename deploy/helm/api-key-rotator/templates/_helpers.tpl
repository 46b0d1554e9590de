{{- define "akr.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "akr.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "akr.labels" -}}
{{ include "akr.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: {{ .Values.edition }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "akr.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "akr.fullname" .) }}{{ else }}{{ .Values.serviceAccount.name | default "default" }}{{ end }}
{{- end }}

{{- define "akr.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Values.edition }}
{{- end }}

{{/* Name of the Secret, or nothing. */}}
{{- define "akr.secret" -}}
{{- if .Values.existingSecret }}{{ .Values.existingSecret }}{{ else if .Values.secrets }}{{ include "akr.fullname" . }}{{ end }}
{{- end }}

{{- define "akr.isEnterprise" -}}
{{- if eq .Values.edition "enterprise" }}true{{ end }}
{{- end }}

{{- define "akr.databasePort" -}}
{{ .Values.database.port | default (ternary 5432 3306 (eq .Values.database.type "postgres")) }}
{{- end }}

{{- define "akr.hasSeveral" -}}
{{- if or .Values.autoscaling.enabled (gt (int .Values.replicaCount) 1) }}true{{ end }}
{{- end }}

{{/* Wishes that contradict each other end here, with what to do. */}}
{{- define "akr.check" -}}
{{- if include "akr.isEnterprise" . }}
{{- if not (include "akr.secret" .) }}{{ fail "The enterprise edition needs its secrets: akr init --format k8s-secret --name gateway-secrets | kubectl create -f -, then --set existingSecret=gateway-secrets" }}{{ end }}
{{- if and (include "akr.hasSeveral" .) (eq .Values.database.type "sqlite") }}{{ fail "Several replicas need a database that they share: set database.type to mysql or postgres, and database.host." }}{{ end }}
{{- if and (include "akr.hasSeveral" .) (not .Values.redis.host) (not (has "cache_url" .Values.secretFiles)) }}{{ fail "Several replicas need a Redis that they share: set redis.host, or put cache_url into the Secret and into secretFiles." }}{{ end }}
{{- if and (ne .Values.database.type "sqlite") (not .Values.database.host) }}{{ fail "database.host is not set." }}{{ end }}
{{- else }}
{{- if include "akr.hasSeveral" . }}{{ fail "The lightweight edition runs as one replica. Set edition to enterprise for more." }}{{ end }}
{{- if ne .Values.database.type "sqlite" }}{{ fail "The lightweight edition has SQLite only. Set edition to enterprise for another database." }}{{ end }}
{{- end }}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) }}{{ fail "ingress.hosts needs a host name." }}{{ end }}
{{- end }}

{{/* The variables of the container, those of `config` last. */}}
{{- define "akr.variables" -}}
{{- $variables := dict "HOST" "0.0.0.0" "BACKEND_PORT" "8000" "ADMIN_HOST" "0.0.0.0" "ADMIN_PORT" "8001" "LOG_FORMAT" "json" }}
{{- $_ := set $variables "SHUTDOWN_ANNOUNCE" .Values.shutdown.announce }}
{{- $_ := set $variables "SHUTDOWN_GRACE" .Values.shutdown.grace }}
{{- with .Values.trustProxy }}{{ $_ := set $variables "TRUST_PROXY" . }}{{ end }}
{{- if ne .Values.database.type "sqlite" }}
{{- with .Values.database }}
{{- $_ := set $variables "DB_TYPE" .type }}
{{- $_ := set $variables "DB_HOST" .host }}
{{- $_ := set $variables "DB_PORT" (include "akr.databasePort" $) }}
{{- $_ := set $variables "DB_NAME" .name }}
{{- $_ := set $variables "DB_USER" .user }}
{{- $_ := set $variables "DB_SSL" .tls }}
{{- end }}
{{- end }}
{{- with .Values.redis }}
{{- if .host }}
{{- $_ := set $variables "CACHE_TYPE" "redis" }}
{{- $_ := set $variables "REDIS_HOST" .host }}
{{- $_ := set $variables "REDIS_PORT" .port }}
{{- $_ := set $variables "REDIS_TLS" .tls }}
{{- if .username }}{{ $_ := set $variables "REDIS_USERNAME" .username }}{{ end }}
{{- end }}
{{- end }}
{{- range $name, $value := merge (deepCopy .Values.config) $variables }}
{{ $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end }}
