"""Everything written again and again: what a round costs, and how large database and log become."""
import aging

# More than unnamed bytes are kept.
PAUSE = 2 * 3_600


def rewritten(world, table, stages, rounds):
    preloaded = aging.library(world.folder)
    filled = {name: world.stage(name) for name in stages}
    rows = [row(world, "filled", filled["update"], filled["sync"], 0.0, 0.0)]
    for number in range(1, rounds + 1):
        aging.let_pass(world, number * PAUSE, preloaded)
        # Part of each document's bytes.
        for kind in ("PLUGINS", "THEMES"):
            world.environment[f"PACKLINE_WPORG_PUBLISHED_{kind}_SVN_URL"] = f"{world.upstream.url}/svn/{kind.lower()}/{number}"
        with aging.LargestLog(world.database) as derived:
            update = world.stage("update")
        with aging.LargestLog(world.database) as sent:
            sync = world.stage("sync")
        rows.append(row(world, f"derived anew {number}", update, sync, derived.megabytes, sent.megabytes))
    for number in range(1, rounds + 1):
        with aging.LargestLog(world.database) as sent:
            sync = world.stage("sync --force")
        rows.append(row(world, f"uploaded again {number}", None, sync, 0.0, sent.megabytes))
    head = ["", "update CPU s", "wall s", "log MB", "sync CPU s", "wall s", "log MB", "database MB", "free MB", "unnamed blobs"]
    return table(head, rows)


def row(world, name, update, sync, derived, sent):
    figures = [f"{update.cpu:.2f}", f"{update.wall:.1f}", f"{derived:.0f}"] if update else ["", "", ""]
    free = aging.tables(world.database).get("free", 0.0)
    (unnamed,) = world.database.query(aging.COUNTS["unnamed"])
    figures += [f"{sync.cpu:.2f}", f"{sync.wall:.1f}", f"{sent:.0f}", f"{world.database.megabytes():.0f}", f"{free:.0f}",
                f"{unnamed:,}"]
    print(name, *figures, flush=True)
    return [name, *figures]
