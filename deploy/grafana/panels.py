"""The few kinds of panel that the dashboards are made of, as Grafana's JSON."""

from typing import Any

from queries import DATASOURCE

Json = dict[str, Any]

WIDTH = 24

GREEN, YELLOW, ORANGE, RED, BLUE = "green", "yellow", "orange", "red", "blue"


def stat(title: str, description: str, *queries: Json, unit: str, **more: Any) -> Json:
    """Make a big number, the newest value of each query."""
    panel = _panel("stat", title, description, queries, unit=unit, instant=True, **more)
    panel["options"] = {
        "colorMode": "value" if len(panel["fieldConfig"]["defaults"]["thresholds"]["steps"]) > 1 else "none",
        "graphMode": "none",
        "justifyMode": "auto",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "textMode": "auto",
    }
    return panel


def lines(title: str, description: str, *queries: Json, unit: str, stacked: bool = False, **more: Any) -> Json:
    """Make curves over time, stacked where the parts sum to a whole."""
    panel = _panel("timeseries", title, description, queries, unit=unit, instant=False, **more)
    panel["fieldConfig"]["defaults"]["custom"] = {
        "drawStyle": "line",
        "fillOpacity": 25 if stacked else 8,
        "lineWidth": 1,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"group": "A", "mode": "normal" if stacked else "none"},
    }
    panel["options"] = {
        "legend": {"calcs": ["lastNotNull", "max"], "displayMode": "table", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return panel


def bars(title: str, description: str, *queries: Json, unit: str, **more: Any) -> Json:
    """Make one horizontal bar a series, newest value."""
    panel = _panel("bargauge", title, description, queries, unit=unit, instant=True, **more)
    panel["options"] = {
        "displayMode": "basic",
        "orientation": "horizontal",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "showUnfilled": True,
        "valueMode": "color",
    }
    return panel


def table(title: str, description: str, *queries: Json, unit: str, columns: dict[str, str], **more: Any) -> Json:
    """Make a table of the newest samples; `columns` names the labels to show and their headings, in order."""
    panel = _panel("table", title, description, queries, unit=unit, instant=True, **more)
    for target in panel["targets"]:
        target["format"] = "table"
    shown = [*columns, "Value"]
    panel["options"] = {"cellHeight": "sm", "showHeader": True, "sortBy": [{"desc": False, "displayName": "Value"}]}
    panel["transformations"] = [
        {"id": "filterFieldsByName", "options": {"include": {"names": shown}}},
        {
            "id": "organize",
            "options": {"indexByName": {name: place for place, name in enumerate(shown)}, "renameByName": columns},
        },
    ]
    return panel


def dashboard(*, uid: str, title: str, description: str, variables: list[Json], rows: dict[str, list[Json]]) -> Json:
    """Lay the rows out on Grafana's grid of 24 columns; a panel's `width` and `height` say how much it takes."""
    placed: list[Json] = []
    y = 0
    for heading, panels in rows.items():
        placed.append({"type": "row", "title": heading, "collapsed": False, "panels": [], **_grid(0, y, WIDTH, 1)})
        y += 1
        x = tallest = 0
        for panel in panels:
            width, height = panel.pop("width"), panel.pop("height")
            if x + width > WIDTH:
                x, y, tallest = 0, y + tallest, 0
            placed.append(panel | _grid(x, y, width, height))
            x, tallest = x + width, max(tallest, height)
        y += tallest
    return {
        "annotations": {"list": []},
        "description": description,
        "editable": False,
        "graphTooltip": 1,
        "links": [
            {
                "asDropdown": False,
                "includeVars": True,
                "keepTime": True,
                "tags": ["headframe"],
                "title": "",
                "type": "dashboards",
            }
        ],
        "panels": [panel | {"id": number} for number, panel in enumerate(placed, start=1)],
        "refresh": "30s",
        "schemaVersion": 39,
        "tags": ["headframe"],
        "templating": {"list": [_datasource(), *variables]},
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "title": title,
        "uid": uid,
    }


def variable(name: str, *, label: str, of: str, many: bool = True) -> Json:
    """Make a choice of the label `name` over the series `of`."""
    text = f"label_values({of}, {name})"
    chosen: Json = (
        {"allValue": ".+", "includeAll": True, "multi": True} if many else {"includeAll": False, "multi": False}
    )
    return chosen | {
        "current": {},
        "datasource": DATASOURCE,
        "definition": text,
        "label": label,
        "name": name,
        "query": {"query": text, "refId": "StandardVariableQuery"},
        "refresh": 2,
        "sort": 1,
        "type": "query",
    }


def where() -> list[Json]:
    """Make the two variables that every dashboard has: job and site."""
    return [
        variable("job", label="Job", of="headframe_build_info"),
        variable("site", label="Site", of='headframe_build_info{job=~"$job"}'),
    ]


def steps(base: str, *above: tuple[float, str]) -> list[Json]:
    """Colour by threshold: `base` below the first, then each colour from its value up."""
    return [{"color": base, "value": None}, *({"color": color, "value": value} for value, color in above)]


def _panel(
    kind: str,
    title: str,
    description: str,
    queries: tuple[Json, ...],
    *,
    unit: str,
    instant: bool,
    width: int = 12,
    height: int = 8,
    colors: list[Json] | None = None,
    **defaults: Any,
) -> Json:
    targets = [
        target | {"refId": chr(ord("A") + place), "instant": instant, "range": not instant}
        for place, target in enumerate(queries)
    ]
    fields = {"unit": unit, "thresholds": {"mode": "absolute", "steps": colors or steps(BLUE)}, **defaults}
    return {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": DATASOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": fields, "overrides": []},
        "width": width,
        "height": height,
    }


def _grid(x: int, y: int, width: int, height: int) -> Json:
    return {"gridPos": {"h": height, "w": width, "x": x, "y": y}}


def _datasource() -> Json:
    return {
        "current": {},
        "hide": 0,
        "label": "Data source",
        "name": "datasource",
        "query": "prometheus",
        "refresh": 1,
        "type": "datasource",
    }
