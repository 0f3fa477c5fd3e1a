package ffmerge.checkpoint;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/** A form in which files hold numbers. */
public interface NumberType {
    /** What people call it: {@code float16}. */
    String label();

    /** The largest magnitude that it holds. */
    float largest();

    /** Appends numbers to little-endian bytes, rounded to what it holds; of a type in blocks, whole blocks. */
    void encode(FloatBuffer from, ByteBuffer into);
}
