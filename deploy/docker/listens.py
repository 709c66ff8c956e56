"""Does somebody listen on PORT in this container?"""

import os
import socket

socket.create_connection(("127.0.0.1", int(os.environ["PORT"])), timeout=2).close()
