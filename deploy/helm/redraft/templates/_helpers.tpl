{{- define "redraft.name" -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "redraft.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
app.kubernetes.io/version: {{ .Chart.AppVersion }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Labels that select the pods of one component: (dict "root" $ "component" "gateway"). */}}
{{- define "redraft.selector" -}}
app.kubernetes.io/name: redraft
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "redraft.image" -}}
{{ .image.repository }}{{ if .image.digest }}@{{ .image.digest }}{{ else }}:{{ .image.tag | default .root.Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "redraft.tritonHost" -}}
{{ include "redraft.name" . }}-triton.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}
{{- end }}

{{/* preStop, drain and margin of a component, in seconds. */}}
{{- define "redraft.gatewayGrace" -}}
{{ add .Values.gateway.preStopSeconds .Values.gateway.drainSeconds .Values.gateway.marginSeconds }}
{{- end }}
{{- define "redraft.tritonGrace" -}}
{{ add .Values.triton.preStopSeconds .Values.triton.exitTimeoutSeconds .Values.triton.marginSeconds }}
{{- end }}

{{/* Never more open edits than all Tritons together have sequence slots. */}}
{{- define "redraft.maxOpenEdits" -}}
{{- $tritons := ternary .Values.autoscaling.maxReplicas .Values.triton.replicas .Values.autoscaling.enabled }}
{{- .Values.gateway.maxOpenEdits | default (div (mul $tritons .Values.triton.sequenceSlots) .Values.gateway.replicas) }}
{{- end }}

{{/* Host, or host and port, of a receiver as the egress rule needs it. */}}
{{- define "redraft.tracingPort" -}}
{{ regexFind "[0-9]+$" .Values.tracing.endpoint }}
{{- end }}

{{- define "redraft.podSettings" -}}
automountServiceAccountToken: false
serviceAccountName: {{ include "redraft.name" . }}
# A Service called triton would otherwise set TRITON_PORT and the like.
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
# The names end on the cluster's domain, so that one query answers them.
dnsConfig: {options: [{name: ndots, value: "2"}]}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "redraft.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
{{- end }}

{{- define "redraft.spread" -}}
{{- $selector := include "redraft.selector" . | fromYaml }}
topologySpreadConstraints:
{{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector: {matchLabels: {{ toJson $selector }}}
    matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end }}
