import Command

await Program.run()
