import Command

await Program.run(as: "sync")
