extension StatusPage {
    /// What most people come for.
    var door: HTML {
        """
        <section aria-labelledby="use"><h2 id="use">Use this repository</h2>
        <div class="columns"><div><h3>Once in each project</h3>
        \(self.use.setup())
        <p class="after measure muted">Then <code>composer require VENDOR/NAME</code>. A package's page has the command for \
        it, and what else it wants.</p></div>
        <div><h3>Find a package</h3>
        <form method="get" action="/packages" class="filters first" role="search">
        <label class="grows"><span>Search</span><input type="search" name="q" maxlength="200" placeholder="name or title" \
        autocomplete="off"></label><button type="submit">Search</button></form>
        <p class="muted"><a href="/packages">All packages</a>, <a href="/packages?sort=updated">the last updated</a> or \
        <a href="/changes">the last published</a></p></div></div></section>
        """
    }

    static let firstSteps: HTML = """
        <h1>Status</h1>
        <p class="lead">Nothing has run on this database yet.</p>
        <ol class="steps">
        <li><code>packline discover</code> finds out which packages there are and which of them changed.</li>
        <li><code>packline update</code> asks upstream about those and derives their documents.</li>
        <li><code>packline sync</code> uploads the documents that changed.</li>
        </ol>
        <p><code>packline run</code> does all three, with the <code>PACKLINE_DATABASE_URL</code> that <code>serve</code> has; \
        then this page shows what they do.</p>
        """
}
