#!/bin/sh
# Brings a model, or its tokenizer, into a volume once: from a folder of this image (MODEL_SOURCE) or from a hub
# (MODEL_REPOSITORY at MODEL_REVISION). MODEL_DIR appears whole or not at all, also where several pods share the volume.
set -eu

if [ -d "$MODEL_DIR" ]; then
	echo "$MODEL_DIR is there"
	exit 0
fi

part=$(mktemp -d "$MODEL_DIR.part-XXXXXX")
trap 'rm -rf "$part"' EXIT
chmod 755 "$part"

copy() {
	if [ "$MODEL_FILES" = all ]; then
		cp -R "$MODEL_SOURCE/." "$part"
		return
	fi
	for file in "$MODEL_SOURCE"/*.json "$MODEL_SOURCE"/*.jinja "$MODEL_SOURCE"/*.txt; do
		if [ -e "$file" ]; then
			cp "$file" "$part"
		fi
	done
}

fetch() {
	python3 - "$part" <<-'PYTHON'
		import os, sys
		from huggingface_hub import snapshot_download

		small = ["*.json", "*.jinja", "*.txt"]
		is_whole = os.environ["MODEL_FILES"] == "all"
		snapshot_download(
		    os.environ["MODEL_REPOSITORY"],
		    revision=os.environ["MODEL_REVISION"],
		    local_dir=sys.argv[1],
		    allow_patterns=[*small, "*.safetensors"] if is_whole else small,
		)
	PYTHON
}

if [ -n "${MODEL_REPOSITORY:-}" ]; then
	fetch
else
	copy
fi

if [ ! -e "$part/tokenizer.json" ]; then
	echo "model: expected tokenizer.json in ${MODEL_REPOSITORY:-$MODEL_SOURCE}, found none" >&2
	exit 1
fi

# Files first, name last. Where another pod was faster, its equal result stays.
if ! mv -T "$part" "$MODEL_DIR" && [ ! -d "$MODEL_DIR" ]; then
	exit 1
fi
echo "$MODEL_DIR brought"
