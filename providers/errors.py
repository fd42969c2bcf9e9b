"""The few ways in which a provider can fail, each with a sentence for the user."""

from typing import ClassVar

from providers.waits import in_words


class ProviderError(Exception):
    """Base of all provider failures.

    `sentence` is shown to the user, `reason` when something is done about it without them, and `said` beside it: the
    server's own words, if it had any, fit for a page. `detail` (at most 500 characters, never a key) goes to the log.
    """

    code: ClassVar[str] = "provider_error"
    template: ClassVar[str] = "{provider} could not answer."
    reason_template: ClassVar[str] = "{provider} could not answer"

    def __init__(
        self, provider: str, detail: str = "", *, said: str = "", retry_after_seconds: float | None = None
    ) -> None:
        """Name the provider as the user knows it, for example `Claude` or `the local model`."""
        self.provider = provider
        self.detail = (detail or said)[:500]
        self.said = said
        self.retry_after_seconds = retry_after_seconds
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """Say in one sentence what happened and what to do."""
        return _capitalised(self.template.format(provider=self.provider))

    @property
    def reason(self) -> str:
        """Say in half a sentence, without its full stop, what happened."""
        return _capitalised(self.reason_template.format(provider=self.provider))


def _capitalised(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


class AuthenticationFailed(ProviderError):
    """The key is missing, wrong or expired (HTTP 401)."""

    code = "authentication"
    template = "{provider} did not accept the API key. Check the key and start Rivulet again."
    reason_template = "{provider} did not accept the API key"


class PermissionDenied(ProviderError):
    """The key is valid but may not do this (HTTP 403)."""

    code = "permission"
    template = "{provider} does not allow this key to use the chosen model. Pick another model or use another key."
    reason_template = "{provider} does not allow this key to use the model"


class QuotaExhausted(ProviderError):
    """The account has no credit or quota left (HTTP 402 or a named 429); waiting does not help."""

    code = "quota"
    template = "The credit or quota for {provider} is used up. Top it up with the provider or pick another model."
    reason_template = "The credit or quota for {provider} is used up"


class RateLimited(ProviderError):
    """Too many requests or tokens (HTTP 429); `retry_after_seconds` is set when the provider said it."""

    code = "rate_limited"
    template = "{provider} is limiting how often it answers. Try again in a moment."
    reason_template = "{provider} is limiting how often it answers"

    @property
    def sentence(self) -> str:
        """Name the wait when the provider named it."""
        if self.retry_after_seconds is None:
            return super().sentence
        return super().sentence.replace("in a moment", f"in {in_words(self.retry_after_seconds)}")


class Overloaded(ProviderError):
    """The provider has no capacity or an internal fault (HTTP 5xx, 529)."""

    code = "overloaded"
    template = "{provider} is overloaded or has a fault of its own. Try again in a moment."
    reason_template = "{provider} is overloaded"


class BadRequest(ProviderError):
    """The provider rejects the request as it is (HTTP 400, 404, 422)."""

    code = "bad_request"
    template = "{provider} rejected the request. The model's name or a setting may be wrong."
    reason_template = "{provider} rejected the request"


class CannotStream(BadRequest):
    """The server refuses to stream this model's answers; it may give them in one piece."""

    code = "cannot_stream"
    template = "{provider} cannot stream its answer."
    reason_template = "{provider} cannot stream its answer"


class WrongAddress(BadRequest):
    """What answers at the address is no model server: a web page, or a redirection to another one."""

    code = "wrong_address"
    template = (
        "A web page came instead of an answer from {provider}. Check its address: that of an API often ends in /v1."
    )
    reason_template = "A web page came instead of an answer from {provider}"


class NoEndpoint(WrongAddress):
    """A server answers at the address, but has no chat there (HTTP 404 or 405 that does not speak of the model)."""

    template = "{provider} has no chat at its address. Check the address: that of an API often ends in /v1."
    reason_template = "{provider} has no chat at its address"


class Redirected(WrongAddress):
    """The address leads to another server, which must not get the key and the conversation unasked."""

    code = "redirected"
    template = "The address of {provider} redirects to another one. Set the new address."
    reason_template = "The address of {provider} redirects to another one"

    @property
    def sentence(self) -> str:
        """Name the new address; `detail` is it."""
        return super().sentence.replace("another one", self.detail or "another one", 1)


class ContextTooLong(ProviderError):
    """Conversation and answer do not fit the model's context window (HTTP 413 or a named 400)."""

    code = "context_too_long"
    template = "This conversation is too long for the model. Start a new chat or pick a model with a larger context."
    reason_template = "The conversation is too long for the model"


class Refused(ProviderError):
    """The provider declined to answer for reasons of safety or policy."""

    code = "refused"
    template = "{provider} declined to answer this request."


class Unreachable(ProviderError):
    """No connection could be made."""

    code = "unreachable"
    template = "{provider} cannot be reached. Check the address and the network."
    reason_template = "{provider} cannot be reached"


class CertificateRejected(Unreachable):
    """The server's TLS certificate is signed by nobody whom this computer trusts."""

    code = "certificate"
    template = (
        "The certificate of {provider} is not trusted here. "
        "If your network has an authority of its own, set SSL_CERT_FILE to the file of its certificate."
    )
    reason_template = "The certificate of {provider} is not trusted here"


class TimedOut(ProviderError):
    """The provider stayed silent for too long."""

    code = "timed_out"
    template = "{provider} took too long to answer. Try again."
    reason_template = "{provider} took too long"


class StillWorking(TimedOut):
    """The provider stayed silent for too long, and may still be at work: asking again would be work on top of it."""

    code = "still_working"
    template = "{provider} has not begun to answer for a long time and may still be at work. Try again later."
    reason_template = "{provider} has not begun to answer"


class BrokenStream(ProviderError):
    """The answer broke off: connection lost, or an end without a stop reason."""

    code = "broken_stream"
    template = "The connection to {provider} broke off in the middle of the answer."
    reason_template = "The connection to {provider} broke off"


class NeverBegan(BrokenStream):
    """The connection was lost before anything of the answer had come."""

    template = "The connection to {provider} broke off before its answer began. Try again."


class MalformedReply(ProviderError):
    """What came is no answer that can be read."""

    code = "malformed_reply"
    template = "{provider} sent something that cannot be read as an answer. Try again."
    reason_template = "{provider} sent something that cannot be read"


class EmptyAnswer(ProviderError):
    """The answer was over before anything had come, and without a reason."""

    code = "empty_answer"
    template = "Nothing came: {provider} ended the answer before its first word. Try again."
    reason_template = "Nothing came from {provider}"


class Unsupported(ProviderError):
    """The request asks for something that the provider has declared it cannot do."""

    code = "unsupported"
    template = "{provider} cannot do what was asked."

    @property
    def sentence(self) -> str:
        """Say which ability is missing; `detail` is that sentence."""
        return self.detail or super().sentence


class ModelNotLoaded(ProviderError):
    """The model that runs on this computer could not be started."""

    code = "model_not_loaded"
    template = "{provider} could not be loaded on this computer. Check its memory and the log, then try again."
    reason_template = "{provider} could not be loaded"


class ProcessorTooOld(ModelNotLoaded):
    """The engine of the model inside was ended for an instruction that this computer's processor does not have."""

    code = "processor_too_old"
    template = (
        "{provider} cannot run here: this computer's processor lacks instructions that its engine needs. "
        "Set ANTHROPIC_API_KEY or OPENAI_BASE_URL, or start an Ollama."
    )
    reason_template = "{provider} cannot run on this processor"


class UnknownModel(ProviderError):
    """A `provider/model` names a provider that is not configured, or a model that it does not offer."""

    code = "unknown_model"
    template = "The model {provider} is not on offer."

    def __init__(self, key: str, detail: str) -> None:
        """Take the name that was asked for and a whole sentence that says what is known instead."""
        super().__init__(key, detail)

    @property
    def sentence(self) -> str:
        """Say which names are known; `detail` is that sentence."""
        return self.detail or super().sentence
