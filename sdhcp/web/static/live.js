/* Keeps the dashboard, the log and the list of packets up to date, where the browser can be told of what happens. */
(function () {
    var SHOWN = 200;
    var LATER = 30000;
    var CLASSES = [[50, "critical"], [40, "error"], [30, "warn"], [20, "info"], [0, "debug"]];

    function two(number) {
        return (number < 10 ? "0" : "") + number;
    }

    function moment(seconds) {
        var at = new Date(seconds * 1000);
        return at.getFullYear() + "-" + two(at.getMonth() + 1) + "-" + two(at.getDate()) + " " +
            two(at.getHours()) + ":" + two(at.getMinutes()) + ":" + two(at.getSeconds());
    }

    function element(name, text, className) {
        var one = document.createElementNS("http://www.w3.org/1999/xhtml", name);
        one.textContent = text;
        if (className) {
            one.className = className;
        }
        return one;
    }

    /* Not while nobody sees the page: a browser has few connections for all that it shows of one server. */
    function listen(path, topics, hears, known, seenAgain) {
        var source = document.hidden ? null : open();
        document.addEventListener("visibilitychange", function () {
            if (document.hidden && source) {
                source.close();
                source = null;
            } else if (!document.hidden && !source) {
                source = open();
                seenAgain();
            }
        });
        window.addEventListener("pagehide", function () {
            if (source) {
                source.close();
                source = null;
            }
        });

        function open() {
            var opened = new window.EventSource(path + "?topic=" + topics.join("&topic=") + known());
            hear(opened, hears);
            opened.addEventListener("error", function () {
                /* One that was refused does not try again by itself. */
                if (opened.readyState === 2) {
                    window.setTimeout(function () {
                        if (source === opened) {
                            source = open();
                        }
                    }, LATER);
                }
            });
            return opened;
        }
    }

    function hear(source, hears) {
        Object.keys(hears).forEach(function (name) {
            source.addEventListener(name, function (event) {
                hears[name](JSON.parse(event.data));
            });
        });
    }

    function panel(told) {
        Array.prototype.forEach.call(document.querySelectorAll("#main > h1.element"), function (heading) {
            var box = heading.nextElementSibling;
            if (heading.textContent === told.name && box) {
                var focused = box.contains(document.activeElement) && document.activeElement.getAttribute("href");
                box.innerHTML = told.text;
                /* Who goes through the page with the Tab key goes on from where they were. */
                Array.prototype.some.call(focused ? box.querySelectorAll("a[href]") : [], function (link) {
                    var isSame = link.getAttribute("href") === focused;
                    if (isSame) {
                        link.focus({ preventScroll: true });
                    }
                    return isSame;
                });
            }
        });
    }

    function lines(told) {
        var log = document.querySelector("#main div.log");
        if (!log) {
            return;
        }
        told.lines.reverse().forEach(function (line) {
            var kind = CLASSES.filter(function (pair) { return line.severity >= pair[0]; })[0][1];
            log.insertBefore(element("br", ""), log.firstChild);
            log.insertBefore(element("span", line.text, kind), log.firstChild);
            if (log.childNodes.length > 2 * SHOWN) {
                log.removeChild(log.lastChild);
                log.removeChild(log.lastChild);
            }
        });
    }

    function fits(row, wanted) {
        function holds(name, test) {
            var value = (wanted.getAttribute("data-" + name) || "").toLowerCase();
            return !value || test(value);
        }
        return holds("client", function (value) {
            return row.client.replace(/:/g, "").indexOf(value.replace(/[:\-. ]/g, "")) >= 0;
        }) && holds("type", function (value) {
            return row.type.toLowerCase().indexOf(value) === 0;
        }) && holds("outcome", function (value) {
            return row.outcome.toLowerCase() === value || row.answer.toLowerCase() === value;
        }) && holds("address", function (value) {
            return [row.address, row.relay, row.source.split(":")[0]].concat(row.sent_to).indexOf(value) >= 0;
        });
    }

    function packets(table, told) {
        var state = document.getElementById("live-state");
        var body = table.tBodies[0];
        var newest = Number(table.getAttribute("data-newest"));
        var missed = Number(table.getAttribute("data-missed") || 0);
        told.packets.reverse().forEach(function (row) {
            if (row.number <= newest) {
                return;
            }
            missed += row.number - newest - 1;
            newest = row.number;
            if (!fits(row, table)) {
                return;
            }
            var line = element("tr", "", "new");
            var link = element("a", String(row.number));
            link.setAttribute("href", "/console/packets/" + row.number);
            line.appendChild(element("td", "")).appendChild(link);
            [moment(row.at), row.type, row.client, row.relay || row.source, row.answer || "none", row.address,
                row.detail ? row.outcome + ": " + row.detail : row.outcome].forEach(function (text) {
                line.appendChild(element("td", text));
            });
            line.appendChild(element("td", row.ms === null ? "" : row.ms.toFixed(2), "number"));
            body.insertBefore(line, body.firstChild);
            if (body.rows.length > SHOWN) {
                body.removeChild(body.lastElementChild);
            }
        });
        table.setAttribute("data-newest", newest);
        table.setAttribute("data-missed", missed);
        state.textContent = missed ? "New ones appear here; " + missed + " came too fast, load again to see them." :
            "New ones appear here.";
    }

    document.addEventListener("DOMContentLoaded", function () {
        if (!window.EventSource) {
            return;
        }
        var table = document.getElementById("packets");
        if (window.location.pathname === "/" || document.body.hasAttribute("data-shown-as")) {
            listen("/live", ["panels", "log"], { panels: panel, log: lines }, function () {
                return "";
            }, function () {
                window.location.reload();
            });
        } else if (table && table.hasAttribute("data-newest")) {
            listen("/console/live", ["packets"], {
                packets: function (told) { packets(table, told); }
            }, function () {
                return "&after=" + table.getAttribute("data-newest");
            }, function () {});
        }
    });
})();
