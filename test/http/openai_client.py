"""Speaks to the HTTP port with OpenAI's client, and prints what came of each call as one JSON object.

python openai_client.py BASE_URL
"""

import json
import sys

import openai

MODEL = "smollm2-135m-instruct"
FILE = "const a = 1;\nconst b = 2;\n"
ASKED = {
    "model": MODEL,
    "messages": [{"role": "user", "content": "Rename b to c and make it 3."}],
    "prediction": {"type": "content", "content": FILE},
}


def main(base_url: str) -> None:
    client = openai.OpenAI(base_url=base_url, api_key="none", max_retries=0)
    whole = client.chat.completions.create(**ASKED)
    chunks = list(client.chat.completions.create(**ASKED, stream=True, stream_options={"include_usage": True}))
    try:
        client.chat.completions.create(**ASKED, n=2)
        refused = None
    except openai.BadRequestError as error:
        refused = {"param": error.param, "type": error.type}
    print(
        json.dumps(
            {
                "whole": whole.choices[0].message.content,
                "finish": whole.choices[0].finish_reason,
                "accepted": whole.usage.completion_tokens_details.accepted_prediction_tokens,
                "streamed": "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices),
                "streamed_tokens": chunks[-1].usage.completion_tokens,
                "whole_tokens": whole.usage.completion_tokens,
                "models": [model.id for model in client.models.list()][:1],
                "refused": refused,
            }
        )
    )


main(sys.argv[1])
