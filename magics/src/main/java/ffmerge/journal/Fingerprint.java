package ffmerge.journal;

import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.model.TransformerModel;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/** A short name for exactly these weights, or these options, so that unfinished work is taken up only where it fits. */
public final class Fingerprint {
    private static final int BLOCK = 1 << 18;

    private Fingerprint() {}

    /** Changes with any weight, any name, any tie, with what the adapters are like and what training leaves as it is. */
    public static String of(TransformerModel model) {
        Checkpoint checkpoint = model.checkpoint();
        StringBuilder sums = new StringBuilder(checkpoint.ties().keptByAlias().toString());
        ByteBuffer bytes = ByteBuffer.allocateDirect(BLOCK * Float.BYTES);
        FloatBuffer values = bytes.asFloatBuffer();
        for (TensorSpec spec : checkpoint.tensors().values()) {
            CRC32C sum = new CRC32C();
            for (long from = 0; from < spec.elements(); from += BLOCK) {
                int count = (int) Math.min(BLOCK, spec.elements() - from);
                checkpoint.read(spec.name(), from, values.clear().limit(count));
                sum.update(bytes.clear().limit(count * Float.BYTES));
            }
            sums.append(spec.name()).append(spec.shape()).append(sum.getValue());
        }
        if (!model.parameters().frozen().isEmpty()) {
            sums.append(model.parameters().frozen());
        }
        return of(sums.toString(), model.parameters().adapterSettings());
    }

    public static String of(Object... parts) {
        StringBuilder text = new StringBuilder();
        for (Object part : parts) {
            text.append(part).append('\n');
        }
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java platform has it
        }
    }
}
