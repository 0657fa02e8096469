/* Shows another path in the address bar, so that loading the page again does not do again what it did. */
function rewriteLocation(path) {
    if (window.history && window.history.replaceState) {
        window.history.replaceState(null, document.title, path);
    }
}

document.addEventListener("DOMContentLoaded", function () {
    var path = document.body.getAttribute("data-shown-as");
    if (path) {
        rewriteLocation(path);
    }
    document.addEventListener("keydown", function (event) {
        var field = document.querySelector("input[data-search]");
        var isFree = !event.target.closest || !event.target.closest("input, select, textarea, [contenteditable]");
        if (field && isFree && event.key === "/" && !event.ctrlKey && !event.altKey && !event.metaKey) {
            event.preventDefault();
            field.focus();
            field.select();
        }
    });
    document.addEventListener("click", function (event) {
        var link = event.target.closest ? event.target.closest("a[data-confirm]") : null;
        if (link) {
            event.preventDefault();
            if (window.confirm("Do you want to do this?")) {
                window.location.href = link.getAttribute("data-confirm");
            }
        }
    });
});
