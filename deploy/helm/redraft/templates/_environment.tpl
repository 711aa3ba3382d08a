{{/* What the gateway reads in src/config.ts. */}}
{{- define "redraft.gatewayEnv" -}}
{{- $gateway := .Values.gateway }}
- {name: NODE_ENV, value: production}
- {name: NODE_OPTIONS, value: {{ printf "--max-old-space-size=%d" (int $gateway.maxHeapMiB) | quote }}}
# Only /tmp may be written to.
- {name: HOME, value: /tmp}
- {name: TRITON_URLS, value: {{ printf "dns:///%s:8001" (include "redraft.tritonHost" .) | quote }}}
- {name: REDRAFT_LISTEN, value: "0.0.0.0:50051"}
- {name: REDRAFT_ADMIN_LISTEN, value: "0.0.0.0:9090"}
{{- if $gateway.http }}
- {name: REDRAFT_HTTP_LISTEN, value: "0.0.0.0:8080"}
{{- end }}
- {name: REDRAFT_MODEL, value: {{ .Values.model.name | quote }}}
- {name: REDRAFT_MODEL_DIR, value: {{ include "redraft.gatewayModelDir" . | quote }}}
{{- with .Values.model.contextTokens }}
- {name: REDRAFT_CONTEXT_TOKENS, value: {{ int . | quote }}}
{{- end }}
- {name: REDRAFT_TRITON_MODEL, value: verifier}
- {name: REDRAFT_MAX_OPEN_EDITS, value: {{ include "redraft.maxOpenEdits" . | quote }}}
- {name: REDRAFT_MAX_QUEUED_EDITS, value: {{ int $gateway.maxQueuedEdits | quote }}}
- {name: REDRAFT_MAX_EDIT_MOVES, value: {{ int $gateway.maxEditMoves | quote }}}
- {name: REDRAFT_MOVE_WAIT_MS, value: {{ int $gateway.moveWaitMs | quote }}}
- {name: REDRAFT_MAX_DRAFT_TOKENS, value: {{ int $gateway.maxDraftTokens | quote }}}
- {name: REDRAFT_MAX_REQUEST_BYTES, value: {{ int $gateway.maxRequestBytes | quote }}}
- {name: REDRAFT_STEP_TIMEOUT_MS, value: {{ int $gateway.stepTimeoutMs | quote }}}
- {name: REDRAFT_DISCOVERY_INTERVAL_MS, value: {{ int $gateway.discoveryIntervalMs | quote }}}
- {name: REDRAFT_SHUTDOWN_GRACE_MS, value: {{ mul $gateway.drainSeconds 1000 | quote }}}
- {name: REDRAFT_LOG_LEVEL, value: {{ $gateway.logLevel }}}
- {name: REDRAFT_REFLECTION, value: {{ $gateway.reflection | quote }}}
- {name: REDRAFT_SUGGESTIONS, value: {{ $gateway.suggestions | quote }}}
{{- if $gateway.tls.secretName }}
- {name: REDRAFT_TLS_CERT_FILE, value: /etc/redraft/tls/tls.crt}
- {name: REDRAFT_TLS_KEY_FILE, value: /etc/redraft/tls/tls.key}
{{- if $gateway.tls.verifyClients }}
- {name: REDRAFT_TLS_CLIENT_CA_FILE, value: /etc/redraft/tls/ca.crt}
{{- end }}
{{- end }}
{{- if .Values.tritonTls.clientSecretName }}
- {name: REDRAFT_TRITON_TLS_CA_FILE, value: /etc/redraft/triton-tls/ca.crt}
- {name: REDRAFT_TRITON_TLS_CERT_FILE, value: /etc/redraft/triton-tls/tls.crt}
- {name: REDRAFT_TRITON_TLS_KEY_FILE, value: /etc/redraft/triton-tls/tls.key}
{{- end }}
{{- if $gateway.tokensSecretName }}
- {name: REDRAFT_TOKENS_FILE, value: /etc/redraft/tokens/tokens}
{{- end }}
{{- if .Values.tracing.endpoint }}
- {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ printf "http://%s" .Values.tracing.endpoint | quote }}}
- {name: OTEL_SERVICE_NAME, value: redraft-gateway}
{{- end }}
{{- end }}

{{/* What the model reads in engine/config.py. */}}
{{- define "redraft.tritonEnv" -}}
{{- $triton := .Values.triton }}
- {name: HOME, value: /tmp}
- {name: TMPDIR, value: /tmp}
- {name: TOKENIZERS_PARALLELISM, value: "false"}
- {name: HF_HUB_OFFLINE, value: "1"}
- {name: REDRAFT_MODEL, value: {{ .Values.model.name | quote }}}
- {name: REDRAFT_MODEL_DIR, value: {{ include "redraft.tritonModelDir" . | quote }}}
{{- with .Values.model.adapterDir }}
- {name: REDRAFT_ADAPTER_DIR, value: {{ . | quote }}}
{{- end }}
- {name: REDRAFT_DEVICE, value: {{ $triton.device }}}
- {name: REDRAFT_DTYPE, value: {{ $triton.dtype }}}
- {name: REDRAFT_KV_BYTES, value: {{ include "redraft.whole" $triton.kvBytes | quote }}}
- {name: REDRAFT_MAX_PASS_TOKENS, value: {{ int $triton.maxPassTokens | quote }}}
- {name: REDRAFT_IDLE_SECONDS, value: {{ $triton.idleSeconds | toString | quote }}}
- {name: REDRAFT_EVICTION_GRACE_SECONDS, value: {{ $triton.evictionGraceSeconds | toString | quote }}}
- {name: REDRAFT_THREADS, value: {{ include "redraft.whole" $triton.threads | quote }}}
- {name: REDRAFT_PREFIX_CACHE, value: {{ ternary "on" "off" $triton.prefixCache | quote }}}
- {name: REDRAFT_CUDA_GRAPHS, value: {{ ternary "on" "off" $triton.cudaGraphs | quote }}}
- {name: REDRAFT_TENSOR_PARALLEL, value: {{ max 1 (int $triton.gpus) | quote }}}
{{- end }}

{{/* Triton's command line. */}}
{{- define "redraft.tritonArgs" -}}
- --model-repository=/opt/redraft/triton-models
# What the image holds is loaded at the start, and nothing can be loaded from outside.
- --model-control-mode=none
- --disable-auto-complete-config
- --http-port=8000
- --grpc-port=8001
- --metrics-port=8002
# Pings of the gateway, every 10 s, are allowed while a step takes long.
- --grpc-http2-min-recv-ping-interval-without-data=5000
- --grpc-http2-max-pings-without-data=0
- --backend-config=python,shm-default-byte-size=16777216
- --allow-gpu-metrics={{ eq .Values.triton.device "cuda" }}
- --exit-timeout-secs={{ .Values.triton.exitTimeoutSeconds }}
{{- if .Values.tritonTls.serverSecretName }}
- --grpc-use-ssl=true
- --grpc-use-ssl-mutual=true
- --grpc-server-cert=/etc/redraft/tls/tls.crt
- --grpc-server-key=/etc/redraft/tls/tls.key
- --grpc-root-cert=/etc/redraft/tls/ca.crt
{{- end }}
{{- if .Values.tracing.endpoint }}
# Joins the traces that the gateway starts, and starts none itself.
- --trace-config=mode=opentelemetry
- --trace-config=level=TIMESTAMPS
- --trace-config=rate=0
- --trace-config=opentelemetry,url=http://{{ .Values.tracing.endpoint }}/v1/traces
- --trace-config=opentelemetry,resource=service.name=redraft-triton
{{- end }}
{{- end }}

{{/* A word, or a number with all its digits: numbers of values are floating-point ones. */}}
{{- define "redraft.whole" -}}
{{ if kindIs "string" . }}{{ . }}{{ else }}{{ int64 . }}{{ end }}
{{- end }}
