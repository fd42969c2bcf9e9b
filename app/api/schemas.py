"""What goes over the wire: one model a shape."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_PRIVATE_FACTS = ("error_detail",)  # a vendor's own words may name addresses


class ErrorBody(BaseModel):
    """What went wrong: `code` for programs, `message` for people."""

    code: str
    message: str


class ErrorAnswer(BaseModel):
    """The one shape of every failure."""

    error: ErrorBody


ThinkingChoice = Annotated[
    Literal["off", "brief", "long"] | None,
    Field(description="How much the model thinks first; else as the conversation has it, else as the user prefers."),
]


class NewMessage(BaseModel):
    """A message to send. Without `conversation_id` it begins a conversation."""

    model_config = ConfigDict(extra="forbid")

    text: str
    conversation_id: str | None = None
    model: str | None = Field(None, description="`provider/model`; else the conversation's, else the default one.")
    thinking: ThinkingChoice = None


class SentMessage(BaseModel):
    """The ids of a stored message and of the answer that is being written."""

    model_config = ConfigDict(from_attributes=True)

    conversation_id: str
    user_message_id: str
    message_id: str
    run_id: str
    model: str


class AnswerRequest(BaseModel):
    """Which answer to go on from: the last one of its conversation."""

    model_config = ConfigDict(extra="forbid")

    message_id: str = Field(pattern=r"^[0-9a-f]{32}$")
    model: str | None = Field(None, description="`provider/model`; else the conversation's.")
    thinking: ThinkingChoice = None


class ShownVersion(BaseModel):
    """Which version of an answer to show."""

    model_config = ConfigDict(extra="forbid")

    message_id: str = Field(pattern=r"^[0-9a-f]{32}$")


class BegunAnswer(BaseModel):
    """The ids of an answer that is being written; follow the run for what the model says."""

    model_config = ConfigDict(from_attributes=True)

    conversation_id: str
    message_id: str
    run_id: str
    model: str


def _public(facts: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is private, of the earlier runs of a continued message as well."""
    public = {name: fact for name, fact in facts.items() if name not in _PRIVATE_FACTS}
    if "earlier" in public:
        public["earlier"] = [_public(earlier) for earlier in public["earlier"]]
    return public


Facts = Annotated[dict[str, Any], AfterValidator(_public)]


class RunState(BaseModel):
    """A run as stored; `text` is whole when it is over, the last checkpoint before."""

    model_config = ConfigDict(from_attributes=True)

    run_id: str
    conversation_id: str
    message_id: str
    status: str = Field(description="`pending`, `streaming`, `complete`, `interrupted` or `failed`.")
    text: str
    thinking: str
    error_code: str
    error_sentence: str
    metadata: Facts


class Interruption(BaseModel):
    """Whether the run was asked to stop; false when it was over."""

    interrupted: bool


class ConversationLine(BaseModel):
    """A conversation in the list."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    title: str
    updated_at: datetime
    is_writing: bool


class ConversationPage(BaseModel):
    """A page of the list; `next_cursor` is null on the last one."""

    conversations: list[ConversationLine]
    next_cursor: str | None


class MessageState(BaseModel):
    """A message of a conversation."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    parent_id: str | None
    role: str
    text: str
    thinking: str
    model: str
    status: str
    error_code: str
    error_sentence: str
    metadata: Facts
    created_at: datetime
    versions: list[str] = Field([], description="The ids of all answers to the question, if there are several.")


class FragmentVersion(BaseModel):
    """A version of a fragment; `place` counts the code blocks of its message from 0, and is null for one of the user's.

    One of the user's was made after `message_id`.
    """

    model_config = ConfigDict(from_attributes=True)

    number: int
    message_id: str
    place: int | None
    lines: int
    status: str = Field(description="`streaming`, `complete`, `interrupted` or `failed`.")
    created_at: datetime


class FragmentState(BaseModel):
    """A fragment and its versions, oldest first."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    conversation_id: str
    name: str
    language: str
    kind: str = Field(description="What it can be seen as: `html`, `svg`, `mermaid`, `markdown` … or `code`.")
    created_at: datetime
    updated_at: datetime
    versions: list[FragmentVersion]


class FragmentList(BaseModel):
    """The fragments of a conversation, the oldest first."""

    fragments: list[FragmentState]


class FragmentPage(BaseModel):
    """A page of a user's fragments; `next_cursor` is null on the last one."""

    fragments: list[FragmentState]
    next_cursor: str | None


class FragmentContent(FragmentVersion):
    """A version with what it holds."""

    content: str


class NewFragment(BaseModel):
    """Which code block to make a fragment: the one at `place`, counted from 0, of a message."""

    model_config = ConfigDict(extra="forbid")

    message_id: str = Field(pattern=r"^[0-9a-f]{32}$")
    place: int = Field(ge=0, lt=2**31)


class NewFragmentVersion(BaseModel):
    """A version of the user's own, and the number of the version that it was made from, which must be the newest."""

    model_config = ConfigDict(extra="forbid")

    content: str
    after: int = Field(ge=1, lt=2**31)


class FragmentName(BaseModel):
    """What to call a fragment."""

    model_config = ConfigDict(extra="forbid")

    name: str


class ConversationState(BaseModel):
    """A conversation with the branch of messages that is shown, oldest first."""

    id: str
    title: str
    model: str
    thinking: str = Field(
        description="How much the model thinks first: `off`, `brief`, `long`, or empty if not chosen."
    )
    created_at: datetime
    updated_at: datetime
    active_run_id: str | None = Field(description="The run that is writing the last message, if any.")
    has_earlier: bool = Field(description="Whether messages before the first one here were left out.")
    messages: list[MessageState]


class OfferedModel(BaseModel):
    """A model that can be asked."""

    model_config = ConfigDict(from_attributes=True)

    key: str = Field(description="`provider/model`, the name by which to ask for it.")
    provider: str
    model: str
    name: str
    runs_where: str


class Offer(BaseModel):
    """All models on offer, and the one that answers when none is named."""

    models: list[OfferedModel]
    default: str | None
