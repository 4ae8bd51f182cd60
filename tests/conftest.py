from __future__ import annotations

import os

# Also for the programs that tests start: none may leave a journal in the folder that it happens to run in.
os.environ["FIREFLYTX_STORE"] = "memory"
