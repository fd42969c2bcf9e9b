"""The route that lists the models on offer."""

from fastapi import APIRouter

from app import runtime
from app.api.schemas import Offer, OfferedModel
from providers.errors import UnknownModel

router = APIRouter(tags=["models"])


@router.get("/models", summary="List models")
async def list_models() -> Offer:
    """List the models on offer and the default one, which is null when there is none."""
    registry = runtime.current().registry
    offered = await registry.offered()
    try:
        default = await registry.default_model()
    except UnknownModel:
        default = None
    return Offer(models=[OfferedModel.model_validate(model) for model in offered], default=default)
