{{/* Where the model lies. A folder per revision, so that another one never meets the files of the last. */}}
{{- define "redraft.modelFolder" -}}
{{- $source := .Values.model.source }}
{{- $version := ternary $source.revision "copy" (eq $source.kind "fetch") }}
{{- $name := printf "%s-%s" .Values.model.name $version | replace "/" "-" }}
{{- if eq $source.kind "copy" }}
{{- $name = printf "%s-%s" .Values.model.name (include "redraft.modelImage" . | sha256sum | trunc 12) }}
{{- end }}
{{- ternary $source.path $name (eq $source.kind "claim") }}
{{- end }}

{{- define "redraft.modelImage" -}}
{{ .Values.model.source.image | default (include "redraft.image" (dict "root" . "image" .Values.triton.image)) }}
{{- end }}

{{- define "redraft.tritonModelDir" -}}
{{- if eq .Values.model.source.kind "baked" }}{{ .Values.model.source.path }}{{ else }}/models/{{ include "redraft.modelFolder" . }}{{ end }}
{{- end }}
{{- define "redraft.gatewayModelDir" -}}
/models/{{ include "redraft.modelFolder" . }}
{{- end }}

{{/* The init container that brings the model, or its tokenizer, once: (dict "root" $ "files" "all" or "tokenizer"). */}}
{{- define "redraft.modelInit" -}}
{{- $source := .root.Values.model.source }}
- name: model
  image: {{ include "redraft.modelImage" .root }}
  command: [/bin/sh, /etc/redraft/model/bring-model.sh]
  env:
    - {name: MODEL_FILES, value: {{ .files }}}
    - {name: MODEL_DIR, value: {{ include "redraft.gatewayModelDir" .root | quote }}}
    - {name: HOME, value: /tmp}
  {{- if eq $source.kind "fetch" }}
    - {name: MODEL_REPOSITORY, value: {{ $source.repository | quote }}}
    - {name: MODEL_REVISION, value: {{ $source.revision | quote }}}
    {{- if $source.tokenSecretName }}
    - {name: HF_TOKEN_PATH, value: /etc/redraft/hub/token}
    {{- end }}
  {{- else }}
    - {name: MODEL_SOURCE, value: {{ $source.path | quote }}}
  {{- end }}
  securityContext:
    readOnlyRootFilesystem: true
    {{- include "redraft.containerSecurity" .root | nindent 4 }}
  resources:
    requests: {cpu: 500m, memory: 512Mi}
    limits: {memory: 2Gi}
  volumeMounts:
    - {name: model, mountPath: /models}
    - {name: model-script, mountPath: /etc/redraft/model, readOnly: true}
    - {name: tmp, mountPath: /tmp}
  {{- if $source.tokenSecretName }}
    - {name: hub, mountPath: /etc/redraft/hub, readOnly: true}
  {{- end }}
{{- end }}

{{- define "redraft.modelInitVolumes" -}}
- name: model-script
  configMap: {name: {{ include "redraft.name" . }}-model-script}
{{- if .Values.model.source.tokenSecretName }}
- name: hub
  secret: {secretName: {{ .Values.model.source.tokenSecretName }}, defaultMode: 0440}
{{- end }}
{{- end }}

{{/* The claim with the models; empty where each pod has a volume of its own. */}}
{{- define "redraft.modelClaim" -}}
{{- if eq .Values.model.source.kind "claim" }}{{ .Values.model.source.claimName }}
{{- else if eq .Values.model.cache.kind "claim" }}{{ .Values.model.cache.claimName | default (printf "%s-models" (include "redraft.name" .)) }}
{{- end }}
{{- end }}
