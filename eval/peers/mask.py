"""python3 mask.py COMMAND…: runs it with Intel AMX unavailable to it and everything it starts.

Linux gives AMX only to a process that asks: arch_prctl(ARCH_REQ_XCOMP_PERM, …). A seccomp filter, inherited by all
children and threads, answers that request with EPERM and allows all else. Where it cannot be installed: exit 3.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
AUDIT_ARCH_X86_64, ARCH_PRCTL, ARCH_REQ_XCOMP_PERM = 0xC000003E, 158, 0x1023
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K

PROGRAM = [  # (code, jump if equal, jump if not, value); offsets of seccomp_data: nr 0, arch 4, low half of the first argument 16
    (LOAD, 0, 0, 4),
    (EQUAL, 0, 5, AUDIT_ARCH_X86_64),
    (LOAD, 0, 0, 0),
    (EQUAL, 0, 3, ARCH_PRCTL),
    (LOAD, 0, 0, 16),
    (EQUAL, 0, 1, ARCH_REQ_XCOMP_PERM),
    (RETURN, 0, 0, REFUSE),
    (RETURN, 0, 0, ALLOW),
]


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def refused(what):
    print(f"mask.py: {what}: nothing was run", file=sys.stderr)
    sys.exit(3)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if platform.machine() != "x86_64":
        refused(f"this is no x86-64 but {platform.machine()}")
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    libc.syscall.restype = ctypes.c_long
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in PROGRAM))
    program = Program(len(PROGRAM), ctypes.addressof(code))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(program), 0, 0):
        refused(f"the kernel refused the seccomp filter ({os.strerror(ctypes.get_errno())})")
    # It may be accepted and not obeyed, as by a kernel in user space, so it is tried.
    answer = libc.syscall(ctypes.c_long(ARCH_PRCTL), ctypes.c_long(ARCH_REQ_XCOMP_PERM), ctypes.c_long(18))
    if answer != -1 or ctypes.get_errno() != errno.EPERM:
        refused(f"the filter is installed but asking for AMX gave {answer}, {os.strerror(ctypes.get_errno())}")
    try:
        os.execvp(sys.argv[1], sys.argv[1:])
    except OSError as error:
        print(f"mask.py: {sys.argv[1]}: {error.strerror}", file=sys.stderr)
        sys.exit(127)


main()
