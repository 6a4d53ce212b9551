import Command

await Program.run(as: "serve")
