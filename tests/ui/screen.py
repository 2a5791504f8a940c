"""The X server's side of the app: keys as a person presses them, the window's size, pictures, the clipboard."""

import collections
import ctypes
import struct
import time
import zlib

# Generous, since a busy machine is no failure; waiting ends as soon as what is waited for is there.
PATIENCE_S = 60

Z_PIXMAP = 2
ALL_PLANES = ctypes.c_ulong(-1)
SELECTION_NOTIFY = 31


def wait_for(ask, what, every_s=0.02):
    """The first true answer of ask(). Asking takes the app's time: it has as much for itself in between."""
    end = time.monotonic() + PATIENCE_S
    while True:
        start = time.monotonic()
        answer = ask()
        if answer:
            return answer
        now = time.monotonic()
        if now > end:
            raise AssertionError(f"waited {PATIENCE_S} s for {what}")
        time.sleep(max(every_s, now - start))


class Picture:
    """What stood on the screen: rows of pixels, four bytes each (blue, green, red, unused)."""

    def __init__(self, width, height, data):
        self.width, self.height, self.data = width, height, data

    def crop(self, x, y, width, height):
        rows = (self.data[4 * (row * self.width + x):4 * (row * self.width + x + width)]
                for row in range(y, y + height))
        return Picture(width, height, b"".join(rows))

    def colours(self):
        """How many pixels each colour (red, green, blue) has."""
        counts = collections.Counter(memoryview(self.data).cast("I"))
        return collections.Counter({(v >> 16 & 255, v >> 8 & 255, v & 255): n for v, n in counts.items()})

    def count_vivid(self):
        """Pixels that are clearly of some colour, neither grey nor nearly so."""
        return sum(n for rgb, n in self.colours().items() if max(rgb) - min(rgb) > 60)

    def greens(self):
        """The channel of green, which a picture in grey would keep."""
        return self.data[1::4]

    def save(self, path):
        """As PNG."""
        rgb = bytearray(3 * self.width * self.height)
        for channel in range(3):
            rgb[channel::3] = self.data[2 - channel::4]
        stride = 3 * self.width
        rows = b"".join(b"\0" + rgb[i:i + stride] for i in range(0, len(rgb), stride))

        def chunk(kind, body):
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n")
            file.write(chunk(b"IHDR", struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)))
            file.write(chunk(b"IDAT", zlib.compress(rows, 6)))
            file.write(chunk(b"IEND", b""))


class XImage(ctypes.Structure):
    """The head of Xlib's XImage."""

    _fields_ = [(name, ctypes.c_int) for name in ("width", "height", "xoffset", "format")] + [
        ("data", ctypes.c_void_p)] + [(name, ctypes.c_int) for name in (
            "byte_order", "bitmap_unit", "bitmap_bit_order", "bitmap_pad", "depth", "bytes_per_line")]


# Xlib ends the program when it asks for a window that has just gone; a failed answer says the same.
ERROR_HANDLER = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda display, event: 0)


class Screen:
    def __init__(self):
        self.x11 = ctypes.CDLL("libX11.so.6")
        self.x11.XSetErrorHandler(ERROR_HANDLER)
        self.xtst = ctypes.CDLL("libXtst.so.6")
        self.x11.XOpenDisplay.restype = ctypes.c_void_p
        self.x11.XGetImage.restype = ctypes.POINTER(XImage)
        for name in ("XStringToKeysym", "XDefaultRootWindow", "XInternAtom", "XCreateSimpleWindow"):
            getattr(self.x11, name).restype = ctypes.c_ulong
        self.display = ctypes.c_void_p(self.x11.XOpenDisplay(None))
        self.root = ctypes.c_ulong(self.x11.XDefaultRootWindow(self.display))
        self.own = ctypes.c_ulong(self.x11.XCreateSimpleWindow(self.display, self.root, 0, 0, 1, 1, 0, 0, 0))

    # ---- keys ----

    def press(self, *names):
        """One key, its modifiers before it: press("Alt_L", "c")."""
        codes = [self.x11.XKeysymToKeycode(self.display, ctypes.c_ulong(self.x11.XStringToKeysym(name.encode())))
                 for name in names]
        for code in codes:
            self.xtst.XTestFakeKeyEvent(self.display, code, 1, ctypes.c_ulong(0))
        for code in reversed(codes):
            self.xtst.XTestFakeKeyEvent(self.display, code, 0, ctypes.c_ulong(0))
        self.x11.XFlush(self.display)

    def put_pointer(self, x, y):
        self.xtst.XTestFakeMotionEvent(self.display, -1, x, y, ctypes.c_ulong(0))
        self.x11.XFlush(self.display)

    def hold(self, is_down, button=1):
        """Presses or lets go a button of the mouse."""
        self.xtst.XTestFakeButtonEvent(self.display, button, int(is_down), ctypes.c_ulong(0))
        self.x11.XFlush(self.display)

    def click(self, x, y, button=1, times=1):
        self.put_pointer(x, y)
        for _ in range(times):
            self.hold(True, button)
            self.hold(False, button)

    # ---- windows ----

    def list_windows(self):
        """The root's children, from the bottom up."""
        root, parent = ctypes.c_ulong(), ctypes.c_ulong()
        children, n = ctypes.POINTER(ctypes.c_ulong)(), ctypes.c_uint()
        self.x11.XQueryTree(self.display, self.root, ctypes.byref(root), ctypes.byref(parent),
                            ctypes.byref(children), ctypes.byref(n))
        windows = [children[i] for i in range(n.value)]
        self.x11.XFree(children)
        return windows

    def get_box(self, window):
        """(x, y, width, height); nothing of a window that is gone."""
        root, place = ctypes.c_ulong(), [ctypes.c_int(), ctypes.c_int()]
        size, rest = [ctypes.c_uint(), ctypes.c_uint()], [ctypes.c_uint(), ctypes.c_uint()]
        self.x11.XGetGeometry(self.display, ctypes.c_ulong(window), ctypes.byref(root),
                              *map(ctypes.byref, place + size + rest))
        return tuple(value.value for value in place + size)

    def largest(self):
        return max(self.list_windows(), key=lambda w: self.get_box(w)[2] * self.get_box(w)[3])

    def resize(self, width, height):
        """Sets the size of the largest window, its frame included: there is no window manager to ask."""
        window = self.largest()
        self.x11.XResizeWindow(self.display, ctypes.c_ulong(window), width, height)
        self.x11.XFlush(self.display)
        wait_for(lambda: self.get_box(window)[2:] == (width, height), f"a window of {width} x {height}")

    # ---- pictures ----

    def grab(self, x, y, width, height):
        image = self.x11.XGetImage(self.display, self.root, x, y, width, height, ALL_PLANES, Z_PIXMAP)
        if not image:
            raise AssertionError(f"the screen has no {width} x {height} pixels at {x}, {y}")
        data = ctypes.string_at(image.contents.data, image.contents.bytes_per_line * height)
        self.x11.XDestroyImage(image)
        return Picture(width, height, data)

    def grab_settled(self, *box):
        """The picture once it is the same twice, longer apart than frames are."""
        seen = []

        def is_still():
            seen.append(self.grab(*box))
            return len(seen) > 1 and seen[-1].data == seen[-2].data
        wait_for(is_still, "a picture that stays", every_s=0.1)
        return seen[-1]

    # ---- clipboard ----

    def read_clipboard(self):
        """The text that was copied; "" while there is none."""
        atoms = [ctypes.c_ulong(self.x11.XInternAtom(self.display, name, 0))
                 for name in (b"CLIPBOARD", b"UTF8_STRING", b"LLOYD_TEST")]
        self.x11.XConvertSelection(self.display, *atoms, self.own, ctypes.c_ulong(0))
        self.x11.XFlush(self.display)
        event = (ctypes.c_long * 24)()
        wait_for(lambda: self.x11.XCheckTypedWindowEvent(self.display, self.own, SELECTION_NOTIFY, event),
                 "an answer of the clipboard")
        kind, bits = ctypes.c_ulong(), ctypes.c_int()
        n, left, text = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_void_p()
        self.x11.XGetWindowProperty(
            self.display, self.own, atoms[2], ctypes.c_long(0), ctypes.c_long(1 << 16), 1, ctypes.c_ulong(0),
            *map(ctypes.byref, (kind, bits, n, left, text)))
        if not text:
            return ""
        copied = ctypes.string_at(text, n.value).decode()
        self.x11.XFree(text)
        return copied
