/// The signatures that botocore makes of the requests in `BotocoreTests`, written by `Oracle/signing-vectors.py`.
enum BotocoreVectors {
    /// Name of the case → signed headers and signature.
    static let all: [String: (signedHeaders: String, signature: String)] = [
        "put": (
            "content-md5;content-type;host;x-amz-content-sha256;x-amz-date",
            "9918cbb576a1de93a1e98f45edee2f97e4fdfd1cc93db6c3a79677ec56ec8970"
        ),
        "put dev": (
            "content-md5;content-type;host;x-amz-content-sha256;x-amz-date",
            "fd93f813dfc01402a70a110736d55d8d450c29bdda0ffd0f97a97c513d864ada"
        ),
        "odd key 0": (
            "content-md5;content-type;host;x-amz-content-sha256;x-amz-date",
            "975f1181cc187e8c30ee859919923982fe3040390e88f3f8d1e4d3d3b381bacb"
        ),
        "odd key 1": (
            "content-md5;content-type;host;x-amz-content-sha256;x-amz-date",
            "a488202ae11967caddbb75a84798a797dd326a67192a5f985b10a64745afedc8"
        ),
        "odd key 2": (
            "content-md5;content-type;host;x-amz-content-sha256;x-amz-date",
            "79488ea184511e1d60c8291d9898d0424c4fa4631d1eff639edc0eca5ada0f21"
        ),
        "odd key 3": (
            "content-md5;content-type;host;x-amz-content-sha256;x-amz-date",
            "c812b5163e44e9e919f3da698d21daf9a5773d3393e54201957bb558d30baecb"
        ),
        "put with every header": (
            "cache-control;content-encoding;content-md5;content-type;host;if-match;x-amz-content-sha256;x-amz-date",
            "d6262833fd85e08ee6020f4b3e1565c9ea87c0f49812a2f1abeff78908f85bec"
        ),
        "first upload": (
            "content-md5;content-type;host;if-none-match;x-amz-content-sha256;x-amz-date",
            "dca6db90f8f1676948dadd5f1d191d096fe986d3ba314c31a3d493ca0d85adf3"
        ),
        "temporary credentials": (
            "content-md5;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token",
            "0698709d30379914aa0e6ca42e763fecf84731e940a50ad2816518933ca93d07"
        ),
        "virtual host": (
            "content-md5;content-type;host;x-amz-content-sha256;x-amz-date",
            "75698ab5456458869777b1689b08274ea5e22132531bfc3374f660e21de31f11"
        ),
        "prefix": (
            "content-md5;content-type;host;x-amz-content-sha256;x-amz-date",
            "dc227719c80255a5f8087160f0b8d005321d6877fab79b1f1c16a9f0d238512d"
        ),
        "head": (
            "host;x-amz-content-sha256;x-amz-date",
            "a54324a9de46cf2b1c3f96028b1a267829680b5ecdc75fb0180d390e4a6f2444"
        ),
        "get": (
            "host;x-amz-content-sha256;x-amz-date",
            "6ca80887d5f7252b9fc30213f16b970720e2917fe42174c76d02adf1aeaab049"
        ),
        "delete": (
            "host;x-amz-content-sha256;x-amz-date",
            "80e91870651b51f064b91fcb746a00059f0774cb4d9be0ce6c5d9ef6dedd0755"
        ),
        "list": (
            "host;x-amz-content-sha256;x-amz-date",
            "b881579c4e5cb1537077e0c1d04abb841498c201cf86985b4d3c643d814fcb93"
        ),
        "list on": (
            "host;x-amz-content-sha256;x-amz-date",
            "2271d39a6f99722e1cf528c6e344b283e25a19a3e67c67ce3aa7a3807c199313"
        ),
        "delete many": (
            "content-md5;content-type;host;x-amz-content-sha256;x-amz-date",
            "c163b037b47a77683fa0192e9dc4f160b514838691a624bbc0b4fbe545a3cdc1"
        ),
    ]
}
