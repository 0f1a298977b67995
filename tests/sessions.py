"""One browser session without a browser: Streamlit's own messages over a real web socket.

A session keeps what its widgets hold and sends all of it with every run, as a browser does. It
can also send what no honest browser would: a press on a button that is closed or not there.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

WAIT_S = 120
_DONE = ForwardMsg.FINISHED_SUCCESSFULLY


@dataclass
class Session:
    """What one visitor has in front of them."""

    address: str
    page: str
    query: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    open: ExitStack = field(default_factory=ExitStack)
    socket: ClientConnection | None = None
    page_hash: str = ""
    values: dict[str, WidgetState] = field(default_factory=dict)
    elements: list[Any] = field(default_factory=list)
    navigated: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        host = self.address.removeprefix("http://")
        opening = connect(
            f"ws://{host}/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            origin=Origin(self.address),
            additional_headers=self.headers,
            max_size=None,
            open_timeout=WAIT_S,
        )
        self.socket = self.open.enter_context(opening)
        self.run()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.open.__exit__(kind, error, trace)

    def run(self, *pressed: str) -> None:
        """Run the page, with the buttons of these ids pressed; returns when it has ended."""
        assert self.socket is not None
        widgets = [*self.values.values()]
        widgets += [WidgetState(id=name, trigger_value=True) for name in pressed]
        message = BackMsg()
        state = message.rerun_script
        state.query_string = self.query
        state.page_name = self.page if not self.page_hash else ""
        state.page_script_hash = self.page_hash
        state.widget_states.CopyFrom(WidgetStates(widgets=widgets))
        self.socket.send(message.SerializeToString())
        self._listen()

    def id_of(self, key: str) -> str | None:
        """The id of the widget with a key, or None when it is not on the page."""
        found = self.widget(key)
        return None if found is None else str(found.id)

    def widget(self, key: str) -> Any:
        """The widget with a key, or None."""
        for element in reversed(self.elements):
            inner = getattr(element, element.WhichOneof("type"))
            if str(getattr(inner, "id", "")).endswith(f"-{key}"):
                return inner
        return None

    def choose(self, key: str, option: str) -> None:
        """Choose from a list and run the page."""
        name = self.id_of(key)
        assert name is not None, f"{key} is not on the page"
        self.values[name] = WidgetState(id=name, string_value=option)
        self.run()

    def tick(self, prefix: str) -> None:
        """Tick every box whose key begins so; the next run carries it."""
        for element in self.elements:
            if element.WhichOneof("type") == "checkbox" and f"-{prefix}" in element.checkbox.id:
                name = element.checkbox.id
                self.values[name] = WidgetState(id=name, bool_value=True)

    def press(self, key: str) -> None:
        """Press a button and run the page."""
        name = self.id_of(key)
        assert name is not None, f"{key} is not on the page"
        self.run(name)

    def chosen(self, key: str) -> str:
        """What a list shows as chosen."""
        box = self.widget(key)
        if box is None:
            return ""
        held = self.values.get(box.id)
        if held is not None and not box.set_value:
            return held.string_value
        if box.set_value or box.HasField("default"):
            return str(box.raw_value if box.set_value else box.options[box.default])
        return ""

    def said(self) -> str:
        """Every alert, text and heading on the page."""
        parts = []
        for element in self.elements:
            kind = element.WhichOneof("type")
            inner = getattr(element, kind)
            if kind in {"alert", "markdown", "text", "heading"}:
                parts.append(str(inner.body))
        return "\n".join(parts)

    def alerts(self) -> list[str]:
        """The alerts on the page, in order."""
        return [e.alert.body for e in self.elements if e.WhichOneof("type") == "alert"]

    def _listen(self) -> None:
        self.elements = []
        assert self.socket is not None
        while True:
            message = ForwardMsg()
            received = self.socket.recv(timeout=WAIT_S)
            assert isinstance(received, bytes)
            message.ParseFromString(received)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.elements = []
                self.page_hash = message.new_session.page_script_hash
            elif kind == "navigation":
                self.navigated = [p.url_pathname for p in message.navigation.app_pages]
                self.page_hash = message.navigation.page_script_hash or self.page_hash
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._take(message.delta.new_element)
            elif kind == "script_finished" and message.script_finished == _DONE:
                return

    def _take(self, element: Any) -> None:
        self.elements.append(element)
        inner = getattr(element, element.WhichOneof("type"))
        # A browser takes over what the script puts into a widget.
        if not getattr(inner, "set_value", False):
            return
        if element.WhichOneof("type") == "checkbox":
            self.values[inner.id] = WidgetState(id=inner.id, bool_value=inner.value)
        elif element.WhichOneof("type") == "slider":
            self.values[inner.id] = WidgetState(id=inner.id)
            self.values[inner.id].double_array_value.data.extend(inner.value)
        elif hasattr(inner, "raw_value"):
            self.values[inner.id] = WidgetState(id=inner.id, string_value=inner.raw_value)
