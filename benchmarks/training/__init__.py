"""What training must show: learning, exact targets, sizes of models, and speed where there is a GPU."""
