export default JSON.parse('');
