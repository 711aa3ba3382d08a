#!/usr/bin/env bash
# Edits by HTTP, with curl. The service has to run: npm start, or npx redraft serve with REDRAFT_HTTP_LISTEN.
#   curl.sh [URL]
# A service with tokens takes one as an API key: -H "authorization: Bearer $REDRAFT_TOKEN".
set -euo pipefail
url=${1:-http://127.0.0.1:8080}

# Which model is served.
curl -sS --fail-with-body "$url/v1/models"
echo

# A merge, by the message that Morph's and Relace's clients send. The answer is the whole file.
curl -sS --fail-with-body "$url/v1/chat/completions" -H 'content-type: application/json' -d '{
	"model": "auto",
	"messages": [{
		"role": "user",
		"content": "<code>a = 1\nb = 2\n</code><update># ... existing code ...\nb = 3\n</update>"
	}]
}'
echo

# The same by Relace's REST form.
curl -sS --fail-with-body "$url/v1/code/apply" -H 'content-type: application/json' -d '{
	"initialCode": "a = 1\nb = 2\n",
	"editSnippet": "# ... existing code ...\nb = 3\n"
}'
echo

# Any prompt, with the file as OpenAI's predicted output; -N shows the stream as it comes.
curl -sSN --fail-with-body "$url/v1/chat/completions" -H 'content-type: application/json' -d '{
	"model": "auto",
	"stream": true,
	"stream_options": {"include_usage": true},
	"messages": [{"role": "user", "content": "Set b to 3, and answer with the code alone:\n\na = 1\nb = 2\n"}],
	"prediction": {"type": "content", "content": "a = 1\nb = 2\n"}
}'

# Line operations against the original, for an editor that applies them while they come.
curl -sSN --fail-with-body "$url/v1/edits" -H 'content-type: application/json' -d '{
	"original": "a = 1\nb = 2\n",
	"instruction": "Set b to 3.",
	"path": "settings.py",
	"options": {"includeDiff": true}
}'
