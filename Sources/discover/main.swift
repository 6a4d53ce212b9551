import Command

await Program.run(as: "discover")
