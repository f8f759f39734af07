"""The user as which the server talks to Home Assistant."""

from datetime import timedelta

from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.auth.models import TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN, RefreshToken, User
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from .const import NAME


async def async_access_token(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Return a new access token from the refresh token that the entry remembers."""
    user = await _user(hass, entry)
    if user is None:
        user = await hass.auth.async_create_user(NAME, group_ids=[GROUP_ID_ADMIN], local_only=True)
    refresh_token = _refresh_token(hass, entry)
    if refresh_token is None or refresh_token.user.id != user.id:
        refresh_token = await hass.auth.async_create_refresh_token(
            user,
            client_name=NAME,
            token_type=TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN,
            access_token_expiration=timedelta(days=3650),
        )
    known = {"server_user_id": user.id, "refresh_token_id": refresh_token.id}
    hass.config_entries.async_update_entry(entry, data={**entry.data, **known})
    return hass.auth.async_create_access_token(refresh_token)


async def async_revoke(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove token and user, which ends the sessions of both."""
    if refresh_token := _refresh_token(hass, entry):
        hass.auth.async_remove_refresh_token(refresh_token)
    if user := await _user(hass, entry):
        await hass.auth.async_remove_user(user)


async def _user(hass: HomeAssistant, entry: ConfigEntry) -> User | None:
    user_id = entry.data.get("server_user_id")
    return await hass.auth.async_get_user(user_id) if user_id else None


def _refresh_token(hass: HomeAssistant, entry: ConfigEntry) -> RefreshToken | None:
    token_id = entry.data.get("refresh_token_id")
    return hass.auth.async_get_refresh_token(token_id) if token_id else None
