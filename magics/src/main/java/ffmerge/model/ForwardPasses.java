package ffmerge.model;

import ai.djl.ndarray.NDManager;
import ffmerge.architecture.Architecture;
import java.util.Map;

/** The forward passes that the families' tables name: a line each. */
final class ForwardPasses {
    private interface ForwardPass {
        TransformerModel of(Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin);
    }

    private static final Map<String, ForwardPass> BY_NAME = Map.of(
            "vit", VisionTransformer::new,
            "encoder", TextEncoder::new,
            "masked-words", MaskedWordEncoder::new,
            "sentences", SentenceEncoder::new,
            "encoder-decoder", EncoderDecoder::new,
            "decoder", Decoder::new,
            "gated", Decoder::new); // its name when units of all decoders that it knew had gates

    private ForwardPasses() {}

    /** @throws ffmerge.UserError if the config asks for what the pass doesn't do */
    static TransformerModel model(
            Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin) {
        ForwardPass pass = BY_NAME.get(architecture.pass());
        if (pass == null) {
            throw new IllegalStateException("the table of " + architecture.title() + " names the forward pass '"
                    + architecture.pass() + "', which there isn't");
        }
        requireSupported(architecture);
        return pass.of(architecture, parameters, manager, origin);
    }

    /**
     * Asked before weights are read, which may take minutes.
     *
     * @throws ffmerge.UserError if the config asks for what the pass doesn't do
     */
    static void requireSupported(Architecture architecture) {
        architecture.requireSupported();
        Rotary.requireKnown(
                architecture.settings(), architecture.stacks().get(0).layers());
    }
}
