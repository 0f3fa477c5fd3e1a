package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.model.TransformerModel;

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
                || its.vocabulary() != measured.architecture().vocabulary()) {
            throw new UserError("--reference " + name
                    + " can't be measured on the same examples: it has another task or another vocabulary");
        }
        return reference;
    }
}
