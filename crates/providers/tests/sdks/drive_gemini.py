"""Drives the stand-in by google-genai and prints what that understood, one JSON value a case."""

import hashlib
import json
import sys

from google import genai
from google.genai import errors, types

url, key, photo = sys.argv[1:4]
photo = open(photo, "rb").read()


def client(key):
    retry = types.HttpRetryOptions(attempts=1)
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=url, retry_options=retry))


def ask(key=key, model="gemini-3.1-flash-image", **image):
    held = client(key)  # a client that nobody holds closes itself
    try:
        answer = held.models.generate_content(
            model=model,
            contents=["A portrait in an office.", types.Part.from_bytes(data=photo, mime_type="image/jpeg")],
            config=types.GenerateContentConfig(
                response_modalities=["IMAGE"],
                image_config=types.ImageConfig(**(image or {"aspect_ratio": "4:5", "image_size": "1K"})),
                safety_settings=[
                    types.SafetySetting(category="HARM_CATEGORY_HARASSMENT", threshold="BLOCK_MEDIUM_AND_ABOVE")
                ],
                seed=7,
            ),
        )
    except errors.APIError as error:
        return {"code": error.code, "status": error.status, "kind": type(error).__name__}
    except Exception as error:  # the line broke: what the SDK's own transport says
        return {"kind": type(error).__name__}
    blobs = [part.inline_data for part in answer.parts or [] if part.inline_data]
    candidates, usage = answer.candidates or [], answer.usage_metadata
    return {
        "pictures": [[blob.mime_type, hashlib.sha256(blob.data).hexdigest()] for blob in blobs],
        "finish": [candidate.finish_reason.name for candidate in candidates if candidate.finish_reason],
        "block": answer.prompt_feedback.block_reason.name if answer.prompt_feedback else None,
        "tokens": [usage.prompt_token_count, usage.candidates_token_count] if usage else None,
        "model": answer.model_version,
    }


def described():
    held = client(key)
    model = held.models.get(model="gemini-3.1-flash-image")
    return [model.name, "generateContent" in (model.supported_actions or [])]


print(
    json.dumps(
        {
            "good": ask(),
            "wrong_key": ask(key="not the key"),
            "wrong_model": ask(model="gemini-0-image"),
            "wrong_ratio": ask(aspect_ratio="1:7"),
            "described": described(),
            "too_many": ask(),
            "overloaded": ask(),
            "blocked": ask(),
            "refused": ask(),
            "words_only": ask(),
            "garbage": ask(),
            "cut": ask(),
        }
    )
)
