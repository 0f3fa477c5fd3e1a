package ffmerge.model;

import ai.djl.ndarray.NDManager;
import ffmerge.Nearest;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import java.util.Map;

/** The forward passes that the families' tables name: a line each. */
public final class ForwardPasses {
    private interface ForwardPass {
        TransformerModel of(Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin);
    }

    /** @param type of its models */
    private record Kind(Class<? extends TransformerModel> type, ForwardPass pass) {}

    private static final Map<String, Kind> BY_NAME = Map.ofEntries(
            entry("vit", VisionTransformer.class, VisionTransformer::new),
            entry("encoder", TextEncoder.class, TextEncoder::new),
            entry("masked-words", MaskedWordEncoder.class, MaskedWordEncoder::new),
            entry("sentences", SentenceEncoder.class, SentenceEncoder::new),
            entry("encoder-decoder", EncoderDecoder.class, EncoderDecoder::new),
            entry("decoder", Decoder.class, Decoder::new),
            entry("gated", Decoder.class, Decoder::new)); // its name when units of all decoders that it knew had gates

    private ForwardPasses() {}

    private static Map.Entry<String, Kind> entry(
            String name, Class<? extends TransformerModel> type, ForwardPass pass) {
        return Map.entry(name, new Kind(type, pass));
    }

    /**
     * Of what type the models of a pass are, which says what can be done with them.
     *
     * @throws UserError if there is no such pass
     */
    public static Class<? extends TransformerModel> type(String pass) {
        return kind(pass).type;
    }

    private static Kind kind(String pass) {
        Kind kind = BY_NAME.get(pass);
        if (kind == null) {
            throw new UserError("there is no forward pass '" + pass + "', which a family's table names"
                    + Nearest.hint(
                            pass,
                            BY_NAME.keySet(),
                            "there are "
                                    + String.join(
                                            ", ",
                                            BY_NAME.keySet().stream().sorted().toList())));
        }
        return kind;
    }

    /** @throws UserError if the config asks for what the pass doesn't do */
    static TransformerModel model(
            Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin) {
        Kind kind = kind(architecture.pass());
        requireSupported(architecture);
        return kind.pass.of(architecture, parameters, manager, origin);
    }

    /**
     * Asked before weights are read, which may take minutes.
     *
     * @throws UserError if the config asks for what the pass doesn't do
     */
    static void requireSupported(Architecture architecture) {
        architecture.requireSupported();
        Rotary.requireKnown(
                architecture.settings(), architecture.stacks().get(0).layers());
    }
}
