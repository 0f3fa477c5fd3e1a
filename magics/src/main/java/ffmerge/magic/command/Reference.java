package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.model.TransformerModel;
import java.util.Optional;

/** The model that {@code --reference} names: measured on the very examples of another. */
final class Reference {
    private Reference() {}

    /**
     * @param measured whose examples they are
     * @throws UserError if it can't read them: it has another task, or other tokens
     */
    static TransformerModel of(String name, TransformerModel measured, Session session, Host host) {
        TransformerModel reference = session.model(name, host);
        Architecture its = reference.architecture();
        if (its.task() != measured.architecture().task()
                || !vocabulary(its).equals(vocabulary(measured.architecture()))) {
            throw new UserError("--reference " + name
                    + " can't be measured on the same examples: it has another task or" + " another vocabulary");
        }
        return reference;
    }

    private static Optional<Long> vocabulary(Architecture architecture) {
        return architecture.config().has("vocab_size")
                ? Optional.of((long) architecture.config().size("vocab_size"))
                : Optional.empty();
    }
}
