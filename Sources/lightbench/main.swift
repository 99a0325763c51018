print("lightbench")
