package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * What a model holds less than the one that it was made of; negative where it holds more.
 *
 * @param parameters a tied one once
 * @param bytes of native memory
 * @param layers over all stacks
 * @param feedForwards sets of weights of FF sublayers, those of layers that went among them
 */
@JsonInclude(JsonInclude.Include.NON_DEFAULT)
public record Removed(long parameters, long bytes, int layers, int feedForwards) {
    public static final Removed NOTHING = new Removed(0, 0, 0, 0);

    /** Whether the model is no smaller for it. */
    public boolean savesNothing() {
        return parameters <= 0 && bytes <= 0;
    }

    public Removed plus(Removed other) {
        return new Removed(
                parameters + other.parameters,
                bytes + other.bytes,
                layers + other.layers,
                feedForwards + other.feedForwards);
    }
}
