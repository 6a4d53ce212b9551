import Command

await Program.run(as: "update")
