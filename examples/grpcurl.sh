#!/usr/bin/env bash
# Edits by gRPC, with grpcurl (https://github.com/fullstorydev/grpcurl), which knows the messages by reflection.
#   grpcurl.sh [HOST:PORT]
# A service with tokens takes -H "authorization: Bearer $REDRAFT_TOKEN"; one with TLS no -plaintext.
set -euo pipefail
address=${1:-127.0.0.1:50051}

# What is served.
grpcurl -plaintext "$address" list
grpcurl -plaintext "$address" grpc.health.v1.Health/Check

# An edit by an instruction, with line operations against the original.
grpcurl -plaintext -d '{
	"original": "a = 1\nb = 2\n",
	"instruction": "Set b to 3.",
	"path": "settings.py",
	"options": {"include_diff": true}
}' "$address" redraft.v1.Redraft/ApplyEdit

# A merge of an update snippet.
grpcurl -plaintext -max-time 60 -d '{
	"original": "a = 1\nb = 2\n",
	"update": "# ... existing code ...\nb = 3\n"
}' "$address" redraft.v1.Redraft/ApplyEdit
