"""What Hugging Face's plans say of a layer: which of its dimensions the ranks share, and what each hands on."""

COLUMN_STYLES = ("colwise",)
"""Hugging Face's names for layers of which each rank has a share of the outputs and hands on just these."""

ROW_STYLES = ("rowwise",)
"""Layers of which each rank has a share of the inputs; the ranks' products are summed."""

GATHERED_STYLES = ("colwise_gather_output", "colwise_rep")
"""Layers of which each rank has a share of the outputs and hands on those of all."""

WHOLE_STYLES = ("embedding_rowwise", "replicated_with_grad_allreduce", "replicate")
"""What every rank keeps whole. A sum over all ranks would cost more than the lookup in the embedding."""

STYLES = (*COLUMN_STYLES, *ROW_STYLES, *GATHERED_STYLES, *WHOLE_STYLES)
