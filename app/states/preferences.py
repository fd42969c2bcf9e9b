"""What the user prefers, as this tab shows and follows it."""

import reflex as rx

from app import runtime
from app.errors import RivuletError
from app.persistence.errors import DatabaseError
from app.services.preferences import KEYS, Mode, Preferences
from app.states.models import Models, begin
from app.states.notices import Notices
from app.states.tab_memory import Remembered
from app.states.transcript import Transcript

DEFAULTS = Preferences()
PROMPT = "system_prompt"
TYPED = ("characters_per_second", PROMPT)
ASK_TO_NOTIFY = "window.Notification ? Notification.requestPermission() : 'missing'"
NO_NOTIFICATIONS = {
    "denied": "This browser does not let Rivulet notify you. Allow it in the browser's settings for this site.",
    "missing": "This browser has no notifications here. They need https, or Rivulet on this computer.",
}
NOT_ALLOWED = "The browser was not told to allow notifications, so they stay off."


class Preferred(rx.State):
    """The user's preferences; a var has the name of its key.

    Fields that are typed into keep their own text; `fields_version` makes them show what is stored again.
    """

    mode: str = DEFAULTS.mode.value
    pace: str = DEFAULTS.pace.value
    characters_per_second: int = DEFAULTS.characters_per_second
    cursor: str = DEFAULTS.cursor.value
    highlight_while_streaming: bool = DEFAULTS.highlight_while_streaming
    follow_scrolling: bool = DEFAULTS.follow_scrolling
    automatic_fragments: bool = DEFAULTS.automatic_fragments
    opens_fragments: bool = DEFAULTS.opens_fragments
    tells_fragments: bool = DEFAULTS.tells_fragments
    thinking: str = DEFAULTS.thinking.value
    thinking_amount: str = DEFAULTS.thinking_amount.value
    send_key: str = DEFAULTS.send_key.value
    model: str = DEFAULTS.model
    system_prompt: str = DEFAULTS.system_prompt
    theme: str = DEFAULTS.theme.value
    motion: str = DEFAULTS.motion.value
    notify: bool = DEFAULTS.notify

    is_loaded: bool = False
    opening: int = 0
    trouble: str = ""
    saved_count: int = 0
    fields_version: int = 0

    _openings: int = 0

    @rx.event
    async def load(self):
        """Take what is stored now."""
        await take(self)

    @rx.event
    async def change(self, key: str, value: str | float | bool):
        """Store one preference; when that fails, the page says why and shows what is stored, but for a text."""
        services = runtime.current()
        if key in KEYS and value == getattr(self, key):
            return
        try:
            await services.preferences.set(services.local_user_id, key, value)
        except (RivuletError, DatabaseError) as error:
            if key != PROMPT:  # which stays, to be shortened or stored later
                self.fields_version += 1
            await self._say_trouble(error.sentence)
            return
        setattr(self, key, value)
        self._say_saved()

    @rx.event
    def change_prompt(self, text: str):
        """Store what was typed as the system prompt."""
        return Preferred.change(PROMPT, text)

    @rx.event
    def toggle_mode(self):
        """Switch between streaming and the whole answer, from the next message on."""
        services = runtime.current()
        services.usage.used(services.local_user_id, "switch the mode")
        is_streaming = self.mode == Mode.STREAMING
        return Preferred.change("mode", (Mode.TRADITIONAL if is_streaming else Mode.STREAMING).value)

    @rx.event
    def switch_notify(self, is_on: bool):
        """Switch notifications; on, only once the browser allows them."""
        if not is_on:
            return Preferred.change("notify", False)
        return rx.call_script(ASK_TO_NOTIFY, callback=Preferred.take_permission)

    @rx.event
    def take_permission(self, permission: str):
        """Switch notifications on, or say why they stay off."""
        if permission == "granted":
            return Preferred.change("notify", True)
        self.trouble = NO_NOTIFICATIONS.get(permission, NOT_ALLOWED)
        return None

    async def _say_trouble(self, sentence: str) -> None:
        """Say it where the user is looking."""
        if self.opening:
            self.trouble = sentence
        else:
            (await self.get_state(Notices)).notice = sentence

    def _say_saved(self) -> None:
        self.saved_count += 1
        if self.trouble:
            self.trouble = ""

    async def _show(self, preferences: Preferences) -> None:
        changed = [key for key in KEYS if getattr(self, key) != getattr(preferences, key)]
        for key in changed:
            value = getattr(preferences, key)
            setattr(self, key, str(value) if isinstance(value, str) else value)
        if not set(changed).isdisjoint(TYPED):
            self.fields_version += 1
        if "model" in changed and not (await self.get_state(Transcript)).id:
            begin(await self.get_state(Models), self.model)  # a new chat that has not begun takes it


async def take(preferred: Preferred) -> None:
    """Take what is stored now."""
    services = runtime.current()
    await preferred._show(await services.preferences.of(services.local_user_id))
    if not preferred.is_loaded:
        preferred.is_loaded, preferred.fields_version = True, 1


async def arrive(preferred: Preferred, remembered: Remembered) -> None:
    """Take what is stored now for a page that may have shown it already, and whose fields are typed into."""
    await take(preferred)
    preferred.fields_version = max(preferred.fields_version, remembered.fields_version)


def show_settings(preferred: Preferred, *, is_open: bool) -> None:
    """Show or hide the settings, without what was said in them before."""
    preferred._openings += is_open
    opening = preferred._openings if is_open else 0
    if bool(preferred.opening) != is_open:
        preferred.trouble, preferred.saved_count = "", 0
    if preferred.opening != opening:
        preferred.opening = opening
