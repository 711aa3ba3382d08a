from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TokenSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TOKEN_SOURCE_UNSPECIFIED: _ClassVar[TokenSource]
    TOKEN_SOURCE_ORIGINAL: _ClassVar[TokenSource]
    TOKEN_SOURCE_UPDATE: _ClassVar[TokenSource]
    TOKEN_SOURCE_CONTEXT: _ClassVar[TokenSource]
    TOKEN_SOURCE_MODEL: _ClassVar[TokenSource]

class FinishReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FINISH_REASON_UNSPECIFIED: _ClassVar[FinishReason]
    FINISH_REASON_STOP: _ClassVar[FinishReason]
    FINISH_REASON_FENCE_CLOSED: _ClassVar[FinishReason]
    FINISH_REASON_LENGTH: _ClassVar[FinishReason]
    FINISH_REASON_CANCELLED: _ClassVar[FinishReason]
TOKEN_SOURCE_UNSPECIFIED: TokenSource
TOKEN_SOURCE_ORIGINAL: TokenSource
TOKEN_SOURCE_UPDATE: TokenSource
TOKEN_SOURCE_CONTEXT: TokenSource
TOKEN_SOURCE_MODEL: TokenSource
FINISH_REASON_UNSPECIFIED: FinishReason
FINISH_REASON_STOP: FinishReason
FINISH_REASON_FENCE_CLOSED: FinishReason
FINISH_REASON_LENGTH: FinishReason
FINISH_REASON_CANCELLED: FinishReason

class ApplyEditRequest(_message.Message):
    __slots__ = ("original", "instruction", "update", "language", "path", "options")
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTION_FIELD_NUMBER: _ClassVar[int]
    UPDATE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    original: str
    instruction: str
    update: str
    language: str
    path: str
    options: EditOptions
    def __init__(self, original: _Optional[str] = ..., instruction: _Optional[str] = ..., update: _Optional[str] = ..., language: _Optional[str] = ..., path: _Optional[str] = ..., options: _Optional[_Union[EditOptions, _Mapping]] = ...) -> None: ...

class EditOptions(_message.Message):
    __slots__ = ("max_output_tokens", "max_draft_tokens", "speculation", "include_token_ids", "include_provenance", "include_diff")
    MAX_OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    MAX_DRAFT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    SPECULATION_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TOKEN_IDS_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_DIFF_FIELD_NUMBER: _ClassVar[int]
    max_output_tokens: int
    max_draft_tokens: int
    speculation: bool
    include_token_ids: bool
    include_provenance: bool
    include_diff: bool
    def __init__(self, max_output_tokens: _Optional[int] = ..., max_draft_tokens: _Optional[int] = ..., speculation: bool = ..., include_token_ids: bool = ..., include_provenance: bool = ..., include_diff: bool = ...) -> None: ...

class ApplyEditResponse(_message.Message):
    __slots__ = ("started", "delta", "summary", "queued")
    STARTED_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    QUEUED_FIELD_NUMBER: _ClassVar[int]
    started: EditStarted
    delta: EditDelta
    summary: EditSummary
    queued: EditQueued
    def __init__(self, started: _Optional[_Union[EditStarted, _Mapping]] = ..., delta: _Optional[_Union[EditDelta, _Mapping]] = ..., summary: _Optional[_Union[EditSummary, _Mapping]] = ..., queued: _Optional[_Union[EditQueued, _Mapping]] = ...) -> None: ...

class EditQueued(_message.Message):
    __slots__ = ("place",)
    PLACE_FIELD_NUMBER: _ClassVar[int]
    place: int
    def __init__(self, place: _Optional[int] = ...) -> None: ...

class EditStarted(_message.Message):
    __slots__ = ("edit_id", "model", "prompt_tokens")
    EDIT_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PROMPT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    edit_id: str
    model: str
    prompt_tokens: int
    def __init__(self, edit_id: _Optional[str] = ..., model: _Optional[str] = ..., prompt_tokens: _Optional[int] = ...) -> None: ...

class EditDelta(_message.Message):
    __slots__ = ("text", "token_ids", "spans", "sources", "operations")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_IDS_FIELD_NUMBER: _ClassVar[int]
    SPANS_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    text: str
    token_ids: _containers.RepeatedScalarFieldContainer[int]
    spans: _containers.RepeatedCompositeFieldContainer[ProvenanceSpan]
    sources: TokenSourceCounts
    operations: _containers.RepeatedCompositeFieldContainer[LineOperation]
    def __init__(self, text: _Optional[str] = ..., token_ids: _Optional[_Iterable[int]] = ..., spans: _Optional[_Iterable[_Union[ProvenanceSpan, _Mapping]]] = ..., sources: _Optional[_Union[TokenSourceCounts, _Mapping]] = ..., operations: _Optional[_Iterable[_Union[LineOperation, _Mapping]]] = ...) -> None: ...

class LineOperation(_message.Message):
    __slots__ = ("keep_lines", "delete_lines", "insert")
    KEEP_LINES_FIELD_NUMBER: _ClassVar[int]
    DELETE_LINES_FIELD_NUMBER: _ClassVar[int]
    INSERT_FIELD_NUMBER: _ClassVar[int]
    keep_lines: int
    delete_lines: int
    insert: str
    def __init__(self, keep_lines: _Optional[int] = ..., delete_lines: _Optional[int] = ..., insert: _Optional[str] = ...) -> None: ...

class ProvenanceSpan(_message.Message):
    __slots__ = ("start_byte", "end_byte", "source")
    START_BYTE_FIELD_NUMBER: _ClassVar[int]
    END_BYTE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    start_byte: int
    end_byte: int
    source: TokenSource
    def __init__(self, start_byte: _Optional[int] = ..., end_byte: _Optional[int] = ..., source: _Optional[_Union[TokenSource, str]] = ...) -> None: ...

class TokenSourceCounts(_message.Message):
    __slots__ = ("original", "update", "context", "model")
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    UPDATE_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    original: int
    update: int
    context: int
    model: int
    def __init__(self, original: _Optional[int] = ..., update: _Optional[int] = ..., context: _Optional[int] = ..., model: _Optional[int] = ...) -> None: ...

class EditSummary(_message.Message):
    __slots__ = ("finish_reason", "output_tokens", "verify_passes", "draft_tokens", "accepted_tokens", "rejected_tokens", "tokens_per_pass", "mispredictions", "prefill_ms", "decode_ms", "queue_ms", "smallest_margin", "acceptance_rate", "sources", "first_pass_tokens")
    FINISH_REASON_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    VERIFY_PASSES_FIELD_NUMBER: _ClassVar[int]
    DRAFT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_TOKENS_FIELD_NUMBER: _ClassVar[int]
    REJECTED_TOKENS_FIELD_NUMBER: _ClassVar[int]
    TOKENS_PER_PASS_FIELD_NUMBER: _ClassVar[int]
    MISPREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    PREFILL_MS_FIELD_NUMBER: _ClassVar[int]
    DECODE_MS_FIELD_NUMBER: _ClassVar[int]
    QUEUE_MS_FIELD_NUMBER: _ClassVar[int]
    SMALLEST_MARGIN_FIELD_NUMBER: _ClassVar[int]
    ACCEPTANCE_RATE_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    FIRST_PASS_TOKENS_FIELD_NUMBER: _ClassVar[int]
    finish_reason: FinishReason
    output_tokens: int
    verify_passes: int
    draft_tokens: int
    accepted_tokens: int
    rejected_tokens: int
    tokens_per_pass: float
    mispredictions: int
    prefill_ms: float
    decode_ms: float
    queue_ms: float
    smallest_margin: float
    acceptance_rate: float
    sources: TokenSourceCounts
    first_pass_tokens: int
    def __init__(self, finish_reason: _Optional[_Union[FinishReason, str]] = ..., output_tokens: _Optional[int] = ..., verify_passes: _Optional[int] = ..., draft_tokens: _Optional[int] = ..., accepted_tokens: _Optional[int] = ..., rejected_tokens: _Optional[int] = ..., tokens_per_pass: _Optional[float] = ..., mispredictions: _Optional[int] = ..., prefill_ms: _Optional[float] = ..., decode_ms: _Optional[float] = ..., queue_ms: _Optional[float] = ..., smallest_margin: _Optional[float] = ..., acceptance_rate: _Optional[float] = ..., sources: _Optional[_Union[TokenSourceCounts, _Mapping]] = ..., first_pass_tokens: _Optional[int] = ...) -> None: ...
