"""Why the test server refuses a request, in the form in which the service says it."""

import json


class Objection(Exception):
    """HTTP status, code and words; `detail` is the inner code that the service sometimes gives."""

    def __init__(self, status: int, code: str, message: str, detail: str = "") -> None:
        self.status, self.code, self.detail = status, code, detail
        super().__init__(message)

    def body(self) -> bytes:
        """The body of the refusal."""
        said: dict[str, object] = {"code": self.code, "message": str(self)}
        if self.detail:
            said["details"] = [{"code": self.detail, "message": str(self)}]
        return json.dumps({"error": said}).encode()


def bad(message: str, detail: str = "") -> Objection:
    """A request that is wrong in itself."""
    return Objection(400, "InvalidRequestParameter", message, detail)
