/* Where a table of many columns has no room, each of its rows is shown as a card, in which each value has its column's
   name: it is written down here, and the style does the rest. What can be scrolled can be reached with the Tab key. */
(function () {
    var MANY = 4;
    var NARROW = 700;

    function each(list, callback) {
        Array.prototype.forEach.call(list, callback);
    }

    function lay(table) {
        var heads = table.tHead ? table.tHead.rows[0].cells : [];
        var isPlain = Array.prototype.every.call(heads, function (head) { return head.colSpan === 1; });
        if (!isPlain || (heads.length < MANY && !table.classList.contains("wide"))) {
            return;
        }
        each(table.tBodies, function (body) {
            each(body.rows, function (row) {
                each(row.cells, function (cell) {
                    var head = cell.colSpan === 1 ? heads[cell.cellIndex] : null;
                    if (head && !cell.hasAttribute("data-column")) {
                        cell.setAttribute("data-column", head.textContent);
                    }
                });
            });
        });
        if (window.innerWidth <= NARROW || table.offsetWidth > table.parentNode.clientWidth) {
            table.classList.add("cards");
        }
    }

    function reach(box) {
        if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) {
            box.setAttribute("tabindex", "0");
        } else {
            box.removeAttribute("tabindex");
        }
    }

    document.addEventListener("DOMContentLoaded", function () {
        var main = document.getElementById("main");
        if (!main || !window.MutationObserver) {
            return;
        }

        function look() {
            each(main.querySelectorAll("table.element"), lay);
            each(main.querySelectorAll("div.element, div.log, div.graph, pre.dump"), reach);
        }

        new window.MutationObserver(look).observe(main, { childList: true, subtree: true });
        window.addEventListener("resize", function () {
            each(main.querySelectorAll("table.cards"), function (table) { table.classList.remove("cards"); });
            look();
        });
        window.addEventListener("load", look);
        look();
    });
})();
