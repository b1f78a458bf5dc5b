# Sourced: makes libtorch 2.4.0 ready for the feature `torch`, from the Python package, in target/torch (about 5 GB).
# What is there already is used. `LETTERMARK_TORCH` names another environment that has torch 2.4.0.
torch=${LETTERMARK_TORCH:-$PWD/target/torch}
if [ ! -x "$torch/bin/python" ]; then
  python3 -m venv "$torch"
fi
"$torch/bin/python" -c 'import torch; assert torch.__version__.startswith("2.4.0")' 2>/dev/null ||
  "$torch/bin/python" -m pip install --quiet 'torch==2.4.0' 'numpy<2' setuptools
packages=$("$torch/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
export LIBTORCH_USE_PYTORCH=1 PATH="$torch/bin:$PATH"
LD_LIBRARY_PATH="$packages/torch/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
for libraries in "$packages"/nvidia/*/lib; do
  LD_LIBRARY_PATH="$LD_LIBRARY_PATH:$libraries"
done
export LD_LIBRARY_PATH
