"""Quorate: does a small cluster keep its promise when a part of it fails?"""

import os

# Root's own commands (mke2fs, ip, libvirtd) are not where a user's PATH looks, nor after `su`.
os.environ["PATH"] = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
