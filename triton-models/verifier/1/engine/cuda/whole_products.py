"""Settings under which a row of a product does not depend on the number of rows, as far as libraries have them."""

import os

import torch


def keep_products_whole() -> None:
    """
    No product is split along the dimension that it sums over: the parts would be added in an order, and their number
    chosen, by the number of rows. To be called before anything runs on the device, since libraries read variables once.
    """
    # Room for partial sums; what the user has set stays.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    os.environ.setdefault("CUBLASLT_WORKSPACE_SIZE", "1")
    products = torch.backends.cuda.matmul
    products.allow_tf32 = False
    # Neither sums in the narrow format nor splits.
    products.allow_bf16_reduced_precision_reduction = (False, False)
    products.allow_fp16_reduced_precision_reduction = (False, False)
    if torch.cuda.is_available():
        # The library that lets splits be excluded.
        torch.backends.cuda.preferred_blas_library("cublaslt")
