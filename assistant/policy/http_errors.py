"""Errors in OpenAI's shape: {"error": {"message", "type", "param", "code"}}."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from assistant.errors import BadInput, EnvironmentProblem, MenteeError, NotFound

_CODES = {401: "invalid_api_key", 404: "not_found", 405: "method_not_allowed", 413: "request_too_large"}


class ApiError(Exception):
    """An answer other than 2xx."""

    def __init__(self, status: int, message: str, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.param = status, code, param


def error_body(status: int, message: str, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    """The JSON of an error."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    if status == 429:
        kind = "rate_limit_error"
    return {"error": {"message": message, "type": kind, "param": param, "code": code or _CODES.get(status)}}


def as_api_error(problem: Exception) -> ApiError:
    """The HTTP meaning of any exception; the text of unexpected ones is not told."""
    if isinstance(problem, ApiError):
        return problem
    if isinstance(problem, ValidationError):
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return ApiError(400, f"{where}: {first['msg']}" if where else str(first["msg"]), "invalid_value", where or None)
    if isinstance(problem, NotFound):
        return ApiError(404, str(problem), problem.code)
    if isinstance(problem, BadInput):
        return ApiError(400, str(problem), problem.code)
    if isinstance(problem, EnvironmentProblem):
        status = 507 if problem.code == "disk_full" else 400
        return ApiError(status, str(problem), problem.code)
    if isinstance(problem, MenteeError):
        return ApiError(500, str(problem), problem.code)
    return ApiError(500, "The server met an unexpected fault; see its log.", "internal_error")


def install(app: FastAPI) -> None:
    """Makes every error of an app leave it in this shape."""

    async def known(_request: Request, problem: Exception) -> JSONResponse:
        error = as_api_error(problem)
        body = error_body(error.status, str(error), error.code, error.param)
        return JSONResponse(body, status_code=error.status)

    async def http(_request: Request, problem: Exception) -> JSONResponse:
        assert isinstance(problem, HTTPException)
        return JSONResponse(error_body(problem.status_code, str(problem.detail)), problem.status_code)

    async def validation(_request: Request, problem: Exception) -> JSONResponse:
        return JSONResponse(error_body(400, str(problem), "invalid_value"), status_code=400)

    for kind in (ApiError, MenteeError, ValidationError):
        app.add_exception_handler(kind, known)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, validation)
