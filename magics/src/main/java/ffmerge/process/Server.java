package ffmerge.process;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintStream;

/**
 * What runs in the process: answers requests that come in, in their order, until none can come any more. What the library
 * refuses is an answer; what ends or stops the process is for the other side, {@link ServerProcess}, to see.
 *
 * <p>A request is a byte, then what that request says; strings as {@link Wire} writes them. An answer is {@link #DONE} and
 * what the request's answer says, or {@link #REFUSED} and a string.
 */
public abstract class Server {
    /** Of every server: all that requests have opened is closed; the answer is empty. Other requests have other numbers. */
    public static final byte FORGET = 0;

    static final byte DONE = 0;
    static final byte REFUSED = 1;

    /**
     * Reads what a request says and writes its answer.
     *
     * @throws Exception is a refusal, whose message is the answer; but for an {@link IOException}, which ends the process
     */
    protected abstract void answer(byte request, DataInputStream in, DataOutputStream out) throws Exception;

    /** Closes all that requests have opened. */
    protected abstract void forget();

    /** Requests come by the standard input, answers go to the standard output. */
    public final void run() throws IOException {
        PrintStream answers = System.out;
        System.setOut(System.err); // what a library prints is no answer
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in));
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(answers));
        while (true) {
            byte request;
            try {
                request = in.readByte();
            } catch (EOFException e) {
                return; // the other side is gone
            }
            answered(request, in).writeTo(out);
            out.flush();
        }
    }

    private ByteArrayOutputStream answered(byte request, DataInputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeByte(DONE);
        try {
            if (request == FORGET) {
                forget();
            } else {
                answer(request, in, out);
            }
        } catch (IOException e) {
            throw e;
        } catch (Exception | OutOfMemoryError e) {
            bytes.reset();
            out.writeByte(REFUSED);
            Wire.writeText(e instanceof OutOfMemoryError ? "out of memory" : String.valueOf(e.getMessage()), out);
        }
        out.flush();
        return bytes;
    }
}
