"""Why a record was rejected: one vocabulary for the topic's header, the metric's label and the page."""

from enum import StrEnum


class Reason(StrEnum):
    """A code is never renamed: `rejected` keeps its records for three weeks."""

    MALFORMED = "malformed"  # not JSON, or not the shape of its type
    UNKNOWN_TYPE = "unknown_type"  # an event type or major version that this build does not read
    UNKNOWN_FIELD = "unknown_field"
    INVALID_FIELD = "invalid_field"
    MISSING_FIELD = "missing_field"
    TOO_LARGE = "too_large"
    STAGE_ERROR = "stage_error"  # a stage raised on it
    KILLS_PROCESS = "kills_process"  # a stage died on it four times
