"""A shell that is fed block by block, as a reader would type them into one terminal."""
import os
import re
import select
import subprocess
import time

import live


class Shell:
    END = "the block has ended with "

    def __init__(self, cwd, env):
        self.process = subprocess.Popen(["sh"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        cwd=cwd, env=env)

    def run(self, text):
        """Runs the commands, stopping at the first that fails. Gives their exit status and all that they print."""
        # Braces and no subshell: functions and variables outlive the block.
        script = f"{{\n{' && '.join(commands_of(text))}\n}} </dev/null; echo \"{self.END}$?\"\n"
        self.process.stdin.write(script.encode())
        self.process.stdin.flush()
        output, end = b"", time.monotonic() + live.LONG_S
        while True:
            left = end - time.monotonic()
            assert left > 0 and select.select([self.process.stdout], [], [], left)[0], f"{text}\nhangs after:\n{output}"
            chunk = os.read(self.process.stdout.fileno(), 65536)
            assert chunk, f"{text}\nended the shell:\n{output.decode()}"
            output += chunk
            done = re.search(f"{self.END}(\\d+)\n$", output.decode(errors="replace"))
            if done:
                return int(done[1]), output.decode()[:done.start()]

    def close(self):
        self.process.stdin.close()
        self.process.wait(live.LONG_S)
        self.process.stdout.close()


def commands_of(text):
    """The block's lines, each a command of its own."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert not any(line.endswith("\\") for line in lines), "continued lines are not understood here"
    return [f"{{ {line}\n}}" for line in lines]


def shows(output, expected):
    """Whether output is what a document shows: "..." is any text in a line, or, alone in a line, any lines."""
    pattern = "\n".join(r"[\s\S]*" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*")
                        for line in expected.rstrip("\n").splitlines())
    return re.fullmatch(pattern, "\n".join(line.rstrip() for line in output.rstrip("\n").splitlines())) is not None
