"""What open pages tell of themselves: how busy they were while they showed an answer, and what failed in them."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app import runtime
from app.api.caller import User

router = APIRouter(tags=["pages"])
Count = Annotated[float, Field(ge=0, le=1e12)]


class PageReport(BaseModel):
    """How a page did while an answer was shown in it; times in milliseconds."""

    long_tasks: Count = 0
    longest_task_ms: Count = 0
    hidden_ms: Count = 0
    reconnects: Count = 0


class PageFault(BaseModel):
    """Something that failed in a page."""

    kind: str = Field(max_length=100, description="The name of the error, as browsers name it.")
    said: str = Field(default="", max_length=2000)


@router.post("/runs/{run_id}/views", status_code=202, summary="Tell how a page showed a run")
async def tell_view(run_id: str, report: PageReport, user_id: User) -> None:
    """Take what a page tells of itself. Figures that cannot be are cut, and only a run's first few reports count.

    Nothing comes of a report on a run that is not the caller's: it is looked up later, and no page waits for that.
    """
    runtime.current().usage.told_by_page(user_id, run_id, report.model_dump())


@router.post("/pages/faults", status_code=202, summary="Tell of a fault in a page")
async def tell_fault(fault: PageFault, user_id: User) -> None:
    """Take what failed in a page, grouped by its kind."""
    runtime.current().usage.page_failed(fault.kind, fault.said)
