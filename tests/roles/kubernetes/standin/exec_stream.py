"""`exec` of the fake API server: kubectl's WebSocket (v5.channel.k8s.io) to a real process in a folder that stands for a container."""
# ruff: noqa: E501 (programs that print, and their tables and messages in one line)


import base64
import hashlib
import json
import struct
import subprocess
import threading

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
STDIN, STDOUT, STDERR, ERROR, CLOSE = 0, 1, 2, 3, 255
PROTOCOL = "v5.channel.k8s.io"


def run_exec(request, pod, words, folders):
    """Run what kubectl asks for; a folder named after pod and container is the root of its paths."""
    if PROTOCOL not in (request.headers.get("Sec-WebSocket-Protocol") or ""):
        return request._say({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 400, "message": "only WebSocket"}, 400)
    name = (words.get("container") or [pod["spec"]["containers"][0]["name"]])[0]
    root = folders / pod["metadata"]["namespace"] / pod["metadata"]["name"] / name
    (root / "tmp").mkdir(parents=True, exist_ok=True)
    # Paths of the container begin at its folder.
    command = [word if not word.startswith("/") else f"{root}{word}" for word in words["command"]]
    key = request.headers["Sec-WebSocket-Key"].encode()
    request.send_response(101)
    request.send_header("Upgrade", "websocket")
    request.send_header("Connection", "Upgrade")
    request.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key + MAGIC).digest()).decode())
    request.send_header("Sec-WebSocket-Protocol", PROTOCOL)
    request.end_headers()
    request.close_connection = True
    lock = threading.Lock()
    process = subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    readers = [threading.Thread(target=pump, args=(request, lock, pipe, number)) for pipe, number in ((process.stdout, STDOUT), (process.stderr, STDERR))]
    for reader in readers:
        reader.start()
    if "stdin" in words:
        threading.Thread(target=feed, args=(request, process), daemon=True).start()
    else:
        process.stdin.close()
    for reader in readers:
        reader.join()
    code = process.wait()
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
    if code:
        causes = [{"reason": "ExitCode", "message": str(code)}]
        status.update(status="Failure", reason="NonZeroExitCode", message=f"command terminated with exit code {code}", details={"causes": causes})
    send(request, lock, 2, bytes([ERROR]) + json.dumps(status).encode())
    send(request, lock, 8, struct.pack(">H", 1000))
    return None


def send(request, lock, opcode, data):
    length = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack(">H", len(data))
    with lock:
        request.wfile.write(bytes([0x80 | opcode]) + length + data)
        request.wfile.flush()


def pump(request, lock, pipe, number):
    with pipe:
        while data := pipe.read1(16384):
            send(request, lock, 2, bytes([number]) + data)


def feed(request, process):
    """Give the process what the client sends, until the client closes its input."""
    while (frame := receive(request.rfile)) is not None:
        opcode, data = frame
        if opcode == 8 or (not data and opcode == 2):
            break
        if opcode == 2 and data[0] == STDIN and len(data) > 1:
            process.stdin.write(data[1:])
            process.stdin.flush()
        elif opcode == 2 and data[0] == CLOSE and data[1] == STDIN:
            break
    process.stdin.close()


def receive(stream):
    head = stream.read(2)
    if len(head) < 2:
        return None
    length = head[1] & 0x7F
    if length == 126:
        length = struct.unpack(">H", stream.read(2))[0]
    elif length == 127:
        length = struct.unpack(">Q", stream.read(8))[0]
    mask = stream.read(4)
    data = stream.read(length)
    return head[0] & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
