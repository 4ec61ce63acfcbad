throw 'thrown as it is';
