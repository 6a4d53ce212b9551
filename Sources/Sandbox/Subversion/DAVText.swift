/// Constant parts of what `mod_dav_svn` and Apache answer.
enum DAVText {
    static let xml = "text/xml; charset=\"utf-8\""
    static let prolog = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
    static let allow = "OPTIONS,GET,HEAD,POST,DELETE,TRACE,PROPFIND,PROPPATCH,COPY,MOVE,LOCK,UNLOCK,CHECKOUT"
    static let features =
        [
            "1,2", "version-control,checkout,working-resource",
            "merge,baseline,activity,version-controlled-collection",
        ]
        + [
            "depth", "log-revprops", "atomic-revprops", "partial-replay", "inherited-props", "inline-props",
            "reverse-file-revs", "list", "mergeinfo",
        ].map { "http://subversion.tigris.org/xmlns/dav/svn/\($0)" }

    static let emptyOptions = "\(Self.prolog)<D:options-response xmlns:D=\"DAV:\">\n</D:options-response>\n"

    static func activity(mount: String) -> String {
        """
        \(Self.prolog)<D:options-response xmlns:D="DAV:">
        <D:activity-collection-set><D:href>\(mount)/!svn/act/</D:href></D:activity-collection-set></D:options-response>

        """
    }

    static func multistatus(href: String, _ properties: String) -> String {
        """
        \(Self.prolog)<D:multistatus xmlns:D="DAV:" xmlns:ns0="DAV:">
        <D:response xmlns:lp1="DAV:" xmlns:lp2="http://subversion.tigris.org/xmlns/dav/">
        <D:href>\(href)</D:href>
        <D:propstat>
        <D:prop>
        \(properties)</D:prop>
        <D:status>HTTP/1.1 200 OK</D:status>
        </D:propstat>
        </D:response>
        </D:multistatus>

        """
    }

    static func error(_ code: Int, _ message: String) -> String {
        """
        \(Self.prolog)<D:error xmlns:D="DAV:" xmlns:m="http://apache.org/dav/xmlns" xmlns:C="svn:">
        <C:error/>
        <m:human-readable errcode="\(code)">
        \(message)
        </m:human-readable>
        </D:error>

        """
    }

    static func page(code: Int, reason: String) -> String {
        """
        <!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
        <html><head>
        <title>\(code) \(reason)</title>
        </head><body>
        <h1>\(reason)</h1>
        </body></html>

        """
    }
}
