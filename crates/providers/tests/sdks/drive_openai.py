"""Drives the stand-in by openai and prints what that understood, one JSON value a case."""

import base64
import hashlib
import json
import sys

import openai

url, key, photo = sys.argv[1:4]


def client(key):
    return openai.OpenAI(api_key=key, base_url=f"{url}/v1", max_retries=0, timeout=30)


def ask(key=key, **wish):
    usual = {"model": "gpt-image-2.5-sunburst", "size": "1024x1280", "quality": "medium", "output_format": "jpeg", "n": 2}
    with open(photo, "rb") as first, open(photo, "rb") as second:
        try:
            answer = client(key).images.edit(
                image=[first, second], prompt="A portrait in an office.", **{**usual, **wish}
            )
        except openai.APIStatusError as error:
            after = error.response.headers.get("retry-after")
            return {"status": error.status_code, "code": error.code, "kind": type(error).__name__, "after": after}
        except openai.APIError as error:
            return {"kind": type(error).__name__}
        except Exception as error:  # an answer that is no JSON
            return {"kind": type(error).__name__}
    return {
        "pictures": [hashlib.sha256(base64.b64decode(image.b64_json)).hexdigest() for image in answer.data],
        "size": answer.size,
        "tokens": [answer.usage.input_tokens, answer.usage.output_tokens],
        "image_tokens": answer.usage.input_tokens_details.image_tokens,
    }


print(
    json.dumps(
        {
            "good": ask(),
            "with_fidelity": ask(model="gpt-image-1.5", size="1024x1536", input_fidelity="high"),
            "wrong_key": ask(key="sk-not-the-key"),
            "wrong_model": ask(model="gpt-image-1"),
            "wrong_size": ask(size="1000x1000"),
            "wrong_fidelity": ask(input_fidelity="high"),
            "described": client(key).models.retrieve("gpt-image-2.5-sunburst").id,
            "too_many": ask(),
            "spent": ask(),
            "overloaded": ask(),
            "blocked": ask(),
            "garbage": ask(),
            "cut": ask(),
        }
    )
)
